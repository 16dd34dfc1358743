select
    agent_version,
    sum(cost_usd) as cost_usd
from gold.cost_daily
group by agent_version
