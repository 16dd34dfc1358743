-- The partitions of silver conversations.
select distinct
    started_at::date as day,
    tenant_id
from silver.conversations
order by day, tenant_id
