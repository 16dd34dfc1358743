with drop_offs as (
    select * from {{ ref('int_drop_offs') }}
),

final as (
    select
        -- grain
        tenant_id,
        day,
        agent_version,
        outcome,
        drop_off_point,
        last_tool,

        -- volume
        count(*) as conversations,
        sum(turns)::bigint as turns,
        sum(cost_usd) as cost_usd,

        -- extent
        max(data_through) as data_through
    from drop_offs
    group by tenant_id, day, agent_version, outcome, drop_off_point, last_tool
)

select * from final
order by day, tenant_id, agent_version, outcome, drop_off_point, last_tool
