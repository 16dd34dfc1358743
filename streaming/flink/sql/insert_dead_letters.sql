-- Every record that is not a valid event, with the reason and all that a replay needs (F2).
insert into `${catalog_name}`.silver.dead_letters
select
    topic,
    kafka_partition,
    kafka_offset,
    cast(broker_time as timestamp_ltz(6)) as broker_time,
    cast(read_at as timestamp_ltz(6)) as ingested_at,
    reason,
    record_key,
    record_value,
    headers
from verdicts
where reason is not null
