-- Days and tenants of the rows that the table has of rebuilt conversations.
select distinct
    started_at::date as day,
    tenant_id
from known_conversations
union
select distinct
    started_at::date as day,
    tenant_id
from neighbours
