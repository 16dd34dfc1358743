delete from sessions
where session_id = :session_id
