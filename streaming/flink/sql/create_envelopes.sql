-- The envelope of every record, read from its headers; the payload is not looked into.
create temporary view envelopes as
select
    record_key,
    record_value,
    headers,
    topic,
    kafka_partition,
    kafka_offset,
    broker_time,
    read_at,
    cast(headers['ce_id'] as string) as event_id,
    cast(headers['ce_type'] as string) as event_type,
    cast(headers['ce_dataschema'] as string) as data_schema,
    cast(headers['ce_time'] as string) as ce_time,
    cast(headers['ce_tenantid'] as string) as tenant_id,
    cast(headers['ce_subject'] as string) as conversation_id,
    cast(headers['ce_turn'] as string) as turn,
    cast(headers['ce_agentversion'] as string) as agent_version,
    cast(headers['ce_experiments'] as string) as experiments,
    cast(headers['ce_traceparent'] as string) as traceparent,
    cast(record_value as string) as payload
from agent_events
