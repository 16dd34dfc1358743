-- Every record as it came (F1). A tenant id that could not name a folder is left null.
insert into `${catalog_name}`.bronze.events
select
    topic,
    kafka_partition,
    kafka_offset,
    cast(broker_time as timestamp_ltz(6)) as broker_time,
    cast(read_at as timestamp_ltz(6)) as ingested_at,
    record_key,
    record_value,
    headers,
    event_id,
    event_type,
    case when regexp(tenant_id, '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$') then tenant_id end as tenant_id,
    conversation_id
from verdicts
