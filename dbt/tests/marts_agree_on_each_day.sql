-- Calls, costs and drop-offs, by tenant, day and version, are those that agent_daily tells.
with agents as (
    select
        tenant_id,
        day,
        agent_version,
        tool_calls,
        tool_errors,
        model_calls,
        cost_usd,
        conversations - still_open - resolved as unresolved
    from {{ ref('agent_daily') }}
),

tools as (
    select
        tenant_id,
        day,
        agent_version,
        sum(calls) as tool_calls,
        sum(errors) as tool_errors
    from {{ ref('tool_daily') }}
    group by tenant_id, day, agent_version
),

costs as (
    select
        tenant_id,
        day,
        agent_version,
        sum(calls) as model_calls,
        sum(cost_usd) as cost_usd
    from {{ ref('cost_daily') }}
    group by tenant_id, day, agent_version
),

drop_offs as (
    select
        tenant_id,
        day,
        agent_version,
        sum(conversations) as unresolved
    from {{ ref('drop_off_daily') }}
    group by tenant_id, day, agent_version
)

select
    tenant_id,
    day,
    agent_version
from agents
full join tools using (tenant_id, day, agent_version)
full join costs using (tenant_id, day, agent_version)
full join drop_offs using (tenant_id, day, agent_version)
where
    agents.tool_calls is distinct from coalesce(tools.tool_calls, 0)
    or agents.tool_errors is distinct from coalesce(tools.tool_errors, 0)
    or agents.model_calls is distinct from coalesce(costs.model_calls, 0)
    or abs(agents.cost_usd - coalesce(costs.cost_usd, 0)) > 1e-6
    or agents.unresolved is distinct from coalesce(drop_offs.unresolved, 0)
