-- Rows of an event that silver has under other, earlier coordinates. Rows with the same
-- coordinates are not looked at: those are a fault of the stream, and the accounting tells it.
with repeated as (
    select event_id
    from silver.events
    group by event_id
    having
        min((topic, kafka_partition, kafka_offset))
        <> max((topic, kafka_partition, kafka_offset))
),

ranked as (
    select
        events.*,
        first_value({
            'topic': events.topic,
            'kafka_partition': events.kafka_partition,
            'kafka_offset': events.kafka_offset,
            'broker_time': events.broker_time,
            'payload': events.payload
        }) over (
            partition by events.event_id
            order by events.broker_time, events.topic, events.kafka_partition, events.kafka_offset
        ) as kept
    from silver.events as events
    inner join repeated on events.event_id = repeated.event_id
)

select distinct
    event_id,
    topic,
    kafka_partition,
    kafka_offset,
    broker_time,
    kept['topic'] as kept_topic,
    kept['kafka_partition'] as kept_partition,
    kept['kafka_offset'] as kept_offset,
    kept['broker_time'] as kept_broker_time,
    coalesce(payload = kept['payload'], false) as same_payload,
    tenant_id,
    event_type,
    event_time
from ranked
where
    (topic, kafka_partition, kafka_offset)
    <> (kept['topic'], kept['kafka_partition'], kept['kafka_offset'])
order by event_time, tenant_id, event_type, event_id, kafka_partition, kafka_offset
limit $1
