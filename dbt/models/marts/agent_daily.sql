with conversations as (
    select * from {{ ref('int_conversations_by_agent_day') }}
),

responses as (
    select * from {{ ref('int_responses_by_agent_day') }}
),

final as (
    select
        -- grain
        conversations.tenant_id,
        conversations.day,
        conversations.agent_version,

        -- volume
        conversations.conversations,
        conversations.turns,
        conversations.steps,
        coalesce(responses.responses, 0) as responses,

        -- outcome
        conversations.resolved,
        conversations.escalated,
        conversations.abandoned,
        conversations.failed,
        conversations.still_open,
        conversations.resolved
        / nullif(conversations.conversations - conversations.still_open, 0) as resolution_rate,
        conversations.escalated
        / nullif(conversations.conversations - conversations.still_open, 0) as escalation_rate,
        conversations.rewarded,
        conversations.mean_reward,

        -- work
        conversations.model_calls,
        conversations.tool_calls,
        conversations.tool_errors,
        conversations.tool_errors / nullif(conversations.tool_calls, 0) as tool_error_rate,
        conversations.errors,
        conversations.steps / conversations.conversations as steps_per_conversation,
        conversations.input_tokens,
        conversations.output_tokens,
        conversations.cost_usd,
        conversations.cost_usd / conversations.conversations as cost_usd_per_conversation,

        -- latency
        responses.response_ms_p50,
        responses.response_ms_p95,
        responses.response_ms_p99,

        -- extent
        conversations.data_through
    from conversations
    left join responses
        on
            conversations.tenant_id = responses.tenant_id
            and conversations.day = responses.day
            and conversations.agent_version = responses.agent_version
)

select * from final
order by tenant_id, day, agent_version
