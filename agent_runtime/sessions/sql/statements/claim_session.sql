update sessions set
    token = token + 1,
    owner = :owner,
    lease_until_ns = :lease_until_ns
where session_id = :session_id and answered_seq < last_seq and lease_until_ns <= :now_ns
returning token, answered_seq + 1, customer_id, state
