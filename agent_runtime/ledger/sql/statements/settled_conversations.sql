-- Conversations of whose effects all are known, and none left since: the oldest first.
select old.conversation_id
from effects as old
where
    old.left_ns < :left_before_ns
    and not exists (
        select 1
        from effects as other
        where
            other.conversation_id = old.conversation_id
            and (other.left_ns >= :left_before_ns or other.state in ('attempted', 'unknown'))
    )
group by old.conversation_id
order by min(old.left_ns), old.conversation_id
limit :limit offset :skip
