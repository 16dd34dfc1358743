with turns as (
    select * from {{ source('silver', 'turns') }}
),

final as (
    select
        -- keys
        tenant_id,
        conversation_id,
        turn,

        -- work
        agent_response,
        response_ms,
        tool_calls,
        tool_errors,
        guardrails_triggered,
        handed_over,

        -- extent
        started_at
    from turns
    where {{ since_build_days('started_at') }}
)

select * from final
