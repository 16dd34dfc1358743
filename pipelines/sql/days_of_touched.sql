-- Days and tenants in which touched conversations may have events and turns.
with spans as (
    select
        touched.tenant_id,
        least(touched.first_at, known_conversations.started_at) as first_at,
        greatest(touched.last_at, known_conversations.last_event_at) as last_at
    from touched
    left join known_conversations
        on
            touched.tenant_id = known_conversations.tenant_id
            and touched.conversation_id = known_conversations.conversation_id
),

days as (
    select
        tenant_id,
        unnest(generate_series(first_at::date, last_at::date, interval 1 day))::date as day
    from spans
)

select distinct
    day,
    tenant_id
from days
