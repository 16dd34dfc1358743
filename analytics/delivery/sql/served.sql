-- The conversations that the two versions began since the canary did. One that met several versions says
-- nothing about either. What decides about when is the event's own time, never its arrival.
create or replace temp table served as
select
    tenant_id,
    conversation_id,
    customer_key,
    agent_version = getvariable('canary') as is_canary,
    started_at,
    last_contact_at,
    coalesce(ended_at, last_contact_at) as ended_at,
    outcome,
    handed_over,
    guardrails,
    coalesce(rating, csat) as satisfaction
from silver.conversations
where
    agent_version in (getvariable('canary'), getvariable('control'))
    and len(agent_versions) = 1
    and started_at >= getvariable('canary_began_at')
    and started_at <= getvariable('counted_through')
