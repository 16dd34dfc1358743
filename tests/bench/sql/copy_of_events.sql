-- The played events as other conversations, {copy} weeks later.
select
    * replace (
        event_id || '-{copy}' as event_id,
        conversation_id || '-{copy}' as conversation_id,
        event_time + interval {copy} weeks as event_time,
        event_time_ns + {copy} * 604800000000000 as event_time_ns,
        kafka_offset + {copy} * 1000000 as kafka_offset,
        broker_time + interval {copy} weeks as broker_time,
        ingested_at + interval {copy} weeks as ingested_at
    )
from one
where {which}
