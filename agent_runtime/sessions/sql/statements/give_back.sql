update sessions set
    owner = null,
    lease_until_ns = 0
where session_id = :session_id and token = :token and answered_seq = :seq - 1
