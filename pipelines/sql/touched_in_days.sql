-- Every conversation that did anything in the days of the build, or of which the tables have rows
-- there, beside those that were touched already; with the time from its first event to its last.
create or replace temp table touched as
with chosen as (
    select
        tenant_id,
        conversation_id
    from events_of_days
    where event_type <> 'events_dropped'
    union
    select
        tenant_id,
        conversation_id
    from conversations_of_days
    union
    select
        tenant_id,
        conversation_id
    from turns_of_days
    union
    select
        tenant_id,
        conversation_id
    from touched
),

seen as (
    select
        tenant_id,
        conversation_id,
        event_time as seen_at
    from all_events
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
    union all
    select
        tenant_id,
        conversation_id,
        unnest([first_at, last_at]) as seen_at
    from touched
)

select
    seen.tenant_id,
    seen.conversation_id,
    min(seen.seen_at) as first_at,
    max(seen.seen_at) as last_at
from seen
semi join chosen
    on
        seen.tenant_id = chosen.tenant_id
        and seen.conversation_id = chosen.conversation_id
group by seen.tenant_id, seen.conversation_id
