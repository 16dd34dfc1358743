with conversations as (
    select * from {{ ref('int_conversations_by_agent_day') }}
),

responses as (
    select * from {{ ref('int_responses_by_agent_day') }}
),

counted as (
    select
        *,
        conversations - still_open as ended
    from conversations
),

final as (
    select
        -- grain
        counted.tenant_id,
        counted.day,
        counted.agent_version,

        -- volume
        counted.conversations,
        counted.turns,
        counted.steps,
        counted.events,
        coalesce(responses.responses, 0) as responses,

        -- outcome
        counted.resolved,
        counted.escalated,
        counted.abandoned,
        counted.failed,
        counted.unknown_outcome,
        counted.still_open,
        counted.handed_over,
        counted.contained,
        counted.resolved / nullif(counted.ended, 0) as resolution_rate,
        counted.escalated / nullif(counted.ended, 0) as escalation_rate,
        counted.contained / nullif(counted.ended, 0) as containment_rate,
        counted.rewarded,
        counted.mean_reward,

        -- what came afterwards
        counted.recontact_known,
        counted.recontacted,
        counted.recontacted / nullif(counted.recontact_known, 0) as recontact_rate,
        counted.rated,
        counted.rating_sum / nullif(counted.rated, 0) as mean_rating,
        counted.csat_answers,
        counted.csat_sum / nullif(counted.csat_answers, 0) as mean_csat,
        counted.refunds_settled,

        -- safety
        counted.hallucination_judged,
        counted.hallucinated,
        counted.hallucinated / nullif(counted.hallucination_judged, 0) as hallucination_rate,
        counted.guardrails_triggered,
        counted.guarded,
        counted.guarded / counted.conversations as guardrail_rate,

        -- work
        counted.model_calls,
        counted.tool_calls,
        counted.tool_errors,
        counted.tool_errors / nullif(counted.tool_calls, 0) as tool_error_rate,
        1 - counted.tool_errors / nullif(counted.tool_calls, 0) as tool_success_rate,
        counted.errors,
        counted.steps / counted.conversations as steps_per_conversation,
        counted.input_tokens,
        counted.output_tokens,
        counted.cost_usd,
        counted.cost_usd / counted.conversations as cost_usd_per_conversation,

        -- latency
        responses.response_ms_p50,
        responses.response_ms_p95,
        responses.response_ms_p99,
        responses.response_ms_sketch,
        counted.first_response_ms_p50,
        counted.first_response_ms_p95,
        counted.first_response_ms_p99,
        counted.first_response_ms_sketch,
        counted.handled,
        counted.handle_ms_sum / nullif(counted.handled, 0) as mean_handle_ms,
        counted.handle_ms_p50,
        counted.handle_ms_p95,
        counted.handle_ms_sketch,

        -- extent
        counted.data_through
    from counted
    left join responses
        on
            counted.tenant_id = responses.tenant_id
            and counted.day = responses.day
            and counted.agent_version = responses.agent_version
)

select * from final
order by day, tenant_id, agent_version
