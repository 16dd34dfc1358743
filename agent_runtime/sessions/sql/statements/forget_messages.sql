delete from messages
where session_id = :session_id
