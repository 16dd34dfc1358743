-- Every conversation that has events or rows.
create or replace temp table touched as
with seen as (
    select
        tenant_id,
        conversation_id,
        event_time as seen_at
    from events_in_reach
    where event_type <> 'events_dropped'
    union all
    select
        tenant_id,
        conversation_id,
        started_at as seen_at
    from conversations_before
    union all
    select
        tenant_id,
        conversation_id,
        started_at as seen_at
    from turns_before
)

select
    tenant_id,
    conversation_id,
    min(seen_at) as first_at,
    max(seen_at) as last_at
from seen
group by tenant_id, conversation_id
