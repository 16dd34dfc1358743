-- Every valid event once, masked (F2). The first record of an id is kept, so rows are never taken back.
insert into `${catalog_name}`.silver.events /*+ OPTIONS('distribution-mode' = 'hash') */
with valid as (
    select * from verdicts where reason is null
),

numbered as (
    select
        *,
        row_number() over (partition by event_id order by read_at asc) as occurrence
    from valid
),

first_seen as (
    select
        *,
        try_cast(replace(substring(ce_time, 1, 26), 'T', ' ') as timestamp(6)) as event_time
    from numbered
    where occurrence = 1
)

select
    event_id,
    event_type,
    cast(split_index(data_schema, ':', 4) as int) as schema_version,
    cast(event_time as timestamp_ltz(6)) as event_time,
    extract(epoch from event_time) * 1000000000 + cast(substring(ce_time, 21, 9) as bigint) as event_time_ns,
    tenant_id,
    conversation_id,
    cast(turn as int) as turn,
    agent_version,
    coalesce(experiments, '{}') as experiments,
    substring(traceparent, 4, 32) as trace_id,
    substring(traceparent, 37, 16) as span_id,
    ${masked_payload} as payload,
    topic,
    kafka_partition,
    kafka_offset,
    cast(broker_time as timestamp_ltz(6)) as broker_time,
    cast(read_at as timestamp_ltz(6)) as ingested_at
from first_seen
