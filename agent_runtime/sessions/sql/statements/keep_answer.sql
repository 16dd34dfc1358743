update messages set
    answer = :answer,
    failed = :failed
where session_id = :session_id and seq = :seq
