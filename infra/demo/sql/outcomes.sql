-- How the conversations of each day ended.
select
    cast(started_at as date) as day,
    outcome,
    count(*) as conversations
from silver.conversations
group by all
order by all
