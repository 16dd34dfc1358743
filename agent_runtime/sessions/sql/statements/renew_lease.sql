update sessions set lease_until_ns = :lease_until_ns
where session_id = :session_id and token = :token and answered_seq = :seq - 1
returning token
