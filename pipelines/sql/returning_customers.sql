-- Customers of touched conversations, as they were and as they are, since when they matter.
create or replace temp table returning_customers as
with seen as (
    select
        tenant_id,
        customer_key,
        started_at
    from known_conversations
    union all
    select
        tenant_id,
        customer_key,
        started_at
    from judged_conversations
)

select
    tenant_id,
    customer_key,
    min(started_at) - interval 24 hours as since
from seen
where customer_key is not null
group by tenant_id, customer_key
