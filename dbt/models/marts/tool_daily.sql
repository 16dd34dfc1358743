with conversations as (
    select * from {{ ref('stg_conversations') }}
),

tool_calls as (
    select * from {{ ref('stg_tool_calls') }}
),

final as (
    select
        -- grain
        conversations.tenant_id,
        conversations.day,
        conversations.agent_version,
        tool_calls.tool,

        -- work
        any_value(tool_calls.effect) as effect,
        count(*) as calls,
        count(*) filter (not tool_calls.ok) as errors,
        count(*) filter (not tool_calls.ok) / count(*) as error_rate,
        count(distinct tool_calls.conversation_id) as conversations,

        -- latency
        quantile_cont(tool_calls.duration_ms, 0.5) as duration_ms_p50,
        quantile_cont(tool_calls.duration_ms, 0.95) as duration_ms_p95,

        -- extent
        max(tool_calls.data_through) as data_through
    from tool_calls
    inner join conversations
        on
            tool_calls.tenant_id = conversations.tenant_id
            and tool_calls.conversation_id = conversations.conversation_id
    group by conversations.tenant_id, conversations.day, conversations.agent_version, tool_calls.tool
)

select * from final
order by tenant_id, day, agent_version, tool
