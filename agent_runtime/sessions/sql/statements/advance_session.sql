update sessions set
    answered_seq = :seq,
    state = :state,
    closed = case when :closes = 1 and last_seq = :seq then 1 else 0 end,
    owner = case when last_seq > :seq then owner end,
    lease_until_ns = case when last_seq > :seq then :lease_until_ns else 0 end
where session_id = :session_id and token = :token and answered_seq = :seq - 1
returning last_seq
