with model_calls as (
    select * from {{ ref('int_model_calls') }}
),

final as (
    select
        -- grain
        tenant_id,
        day,
        agent_version,
        model,

        -- work
        count(*) as calls,
        count(distinct conversation_id) as conversations,
        sum(input_tokens)::bigint as input_tokens,
        sum(output_tokens)::bigint as output_tokens,

        -- cost
        sum(cost_usd) as cost_usd,
        coalesce(sum(cost_usd) filter (outcome is not null and outcome <> 'resolved'), 0)
            as unresolved_cost_usd,

        -- latency
        quantile_disc(duration_ms, 0.5) as duration_ms_p50,
        quantile_disc(duration_ms, 0.95) as duration_ms_p95,
        sketch(duration_ms) as duration_ms_sketch,

        -- extent
        max(data_through) as data_through
    from model_calls
    group by tenant_id, day, agent_version, model
)

select * from final
order by day, tenant_id, agent_version, model
