select
    tool,
    sum(errors) / sum(calls) as error_rate
from gold.tool_daily
group by tool
