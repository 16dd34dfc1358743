-- Takes the session's row, where it is idle still: from here on nobody writes to it.
update sessions set
    closed = 1,
    token = token + 1
where
    session_id = :session_id
    and answered_seq = last_seq
    and lease_until_ns <= :now_ns
    and not exists (
        select 1
        from messages
        where
            messages.session_id = sessions.session_id
            and messages.seq = sessions.last_seq
            and messages.received_ns >= :received_before_ns
    )
returning token
