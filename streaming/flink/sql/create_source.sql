-- The topic as it is: bytes, headers and broker coordinates.
create temporary table agent_events (
    record_key bytes,
    record_value bytes,
    headers map<string, bytes> metadata virtual,
    topic string metadata virtual,
    kafka_partition int metadata from 'partition' virtual,
    kafka_offset bigint metadata from 'offset' virtual,
    broker_time timestamp_ltz(3) metadata from 'timestamp' virtual,
    read_at as proctime()
) with (
    'connector' = 'kafka',
    'topic' = '${topic}',
    'properties.bootstrap.servers' = '${bootstrap_servers}',
    'properties.group.id' = '${job_name}',
    'scan.startup.mode' = 'earliest-offset',
    'scan.topic-partition-discovery.interval' = '30 s',
    'key.format' = 'raw',
    'key.fields' = 'record_key',
    'value.format' = 'raw',
    'value.fields-include' = 'EXCEPT_KEY'
)
