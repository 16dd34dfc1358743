with conversations as (
    select * from {{ source('silver', 'conversations') }}
),

final as (
    select
        -- keys
        tenant_id,
        conversation_id,
        started_at::date as day,
        agent_version,

        -- outcome
        outcome,
        reward,

        -- work
        turns,
        steps,
        model_calls,
        input_tokens,
        output_tokens,
        cost_usd,
        tool_calls,
        tool_errors,
        errors,

        -- extent
        started_at,
        ended_at,
        duration_ms,
        data_through
    from conversations
)

select * from final
