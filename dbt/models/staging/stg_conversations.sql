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
        outcome_rule,
        outcome_reason,
        handed_over,
        reward,
        hallucination,
        csat,
        rating,
        refund_settled,
        recontacted_within_24h,

        -- work
        events,
        turns,
        steps,
        model_calls,
        input_tokens,
        output_tokens,
        cost_usd,
        tool_calls,
        tool_errors,
        errors,
        guardrails_triggered,
        tool_log,
        model_log,

        -- latency
        first_response_ms,
        response_ms,
        handle_ms,

        -- extent
        started_at,
        ended_at,
        duration_ms,
        data_through
    from conversations
    where {{ of_build_days('started_at') }}
)

select * from final
