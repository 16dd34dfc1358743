-- Calls, costs and drop-offs, by tenant, day and version, are those that agent_daily tells.
with told as (
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
    union all by name
    select
        tenant_id,
        day,
        agent_version,
        -calls as tool_calls,
        -errors as tool_errors
    from {{ ref('tool_daily') }}
    union all by name
    select
        tenant_id,
        day,
        agent_version,
        -calls as model_calls,
        -cost_usd as cost_usd
    from {{ ref('cost_daily') }}
    union all by name
    select
        tenant_id,
        day,
        agent_version,
        -conversations as unresolved
    from {{ ref('drop_off_daily') }}
)

select
    tenant_id,
    day,
    agent_version
from told
group by tenant_id, day, agent_version
having
    sum(tool_calls) <> 0
    or sum(tool_errors) <> 0
    or sum(model_calls) <> 0
    or abs(sum(cost_usd)) > 1e-6
    or sum(unresolved) <> 0
