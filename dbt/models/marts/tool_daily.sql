with tool_calls as (
    select * from {{ ref('int_tool_calls') }}
),

final as (
    select
        -- grain
        tenant_id,
        day,
        agent_version,
        tool,

        -- work
        min(effect) as effect,
        count(*) as calls,
        count(*) filter (not ok) as errors,
        count(*) filter (not ok) / count(*) as error_rate,
        count(*) filter (ok) / count(*) as success_rate,
        count(distinct conversation_id) as conversations,
        count(distinct conversation_id) filter (not ok) as conversations_with_errors,
        mode(error_type order by error_type) as usual_error,

        -- latency
        quantile_disc(duration_ms, 0.5) as duration_ms_p50,
        quantile_disc(duration_ms, 0.95) as duration_ms_p95,
        quantile_disc(duration_ms, 0.99) as duration_ms_p99,
        sketch(duration_ms) as duration_ms_sketch,

        -- extent
        max(data_through) as data_through
    from tool_calls
    group by tenant_id, day, agent_version, tool
)

select * from final
order by day, tenant_id, agent_version, tool
