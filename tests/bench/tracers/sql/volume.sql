select
    day::varchar as day,
    agent_version,
    sum(conversations)::bigint as conversations
from gold.agent_daily
group by day, agent_version
