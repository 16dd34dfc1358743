-- What can be chosen: the days of each tenant.
select
    tenant_id,
    day,
    sum(conversations)::bigint as conversations
from gold.agent_daily
group by tenant_id, day
order by tenant_id asc, day desc
