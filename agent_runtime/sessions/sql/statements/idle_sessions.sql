-- Sessions with nothing unanswered and no lease, and no message since a time: the longest idle first.
select sessions.session_id
from messages
inner join sessions
    on messages.session_id = sessions.session_id and messages.seq = sessions.last_seq
where
    messages.received_ns < :received_before_ns
    and sessions.answered_seq = sessions.last_seq
    and sessions.lease_until_ns <= :now_ns
order by messages.received_ns, sessions.session_id
limit :limit offset :skip
