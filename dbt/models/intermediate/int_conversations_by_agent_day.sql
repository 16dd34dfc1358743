with conversations as (
    select * from {{ ref('stg_conversations') }}
),

final as (
    select
        -- grain
        tenant_id,
        day,
        agent_version,

        -- volume
        count(*) as conversations,
        sum(turns)::bigint as turns,
        sum(steps)::bigint as steps,
        sum(events)::bigint as events,

        -- outcome
        count(*) filter (outcome = 'resolved') as resolved,
        count(*) filter (outcome = 'escalated') as escalated,
        count(*) filter (outcome = 'abandoned') as abandoned,
        count(*) filter (outcome = 'failed') as failed,
        count(*) filter (outcome = 'unknown') as unknown_outcome,
        count(*) filter (outcome is null) as still_open,
        count(*) filter (handed_over) as handed_over,
        count(*) filter (outcome is not null and not handed_over) as contained,
        count(reward) as rewarded,
        avg(reward) as mean_reward,

        -- what came afterwards
        count(recontacted_within_24h) filter (outcome is not null) as recontact_known,
        count(*) filter (recontacted_within_24h and outcome is not null) as recontacted,
        count(rating) as rated,
        sum(rating)::bigint as rating_sum,
        count(csat) as csat_answers,
        sum(csat) as csat_sum,
        count(*) filter (refund_settled) as refunds_settled,

        -- safety
        count(hallucination) as hallucination_judged,
        count(*) filter (hallucination >= 0.5) as hallucinated,
        sum(guardrails_triggered)::bigint as guardrails_triggered,
        count(*) filter (guardrails_triggered > 0) as guarded,

        -- work
        sum(model_calls)::bigint as model_calls,
        sum(tool_calls)::bigint as tool_calls,
        sum(tool_errors)::bigint as tool_errors,
        sum(errors)::bigint as errors,
        sum(input_tokens)::bigint as input_tokens,
        sum(output_tokens)::bigint as output_tokens,
        sum(cost_usd) as cost_usd,

        -- latency
        quantile_disc(first_response_ms, 0.5) as first_response_ms_p50,
        quantile_disc(first_response_ms, 0.95) as first_response_ms_p95,
        quantile_disc(first_response_ms, 0.99) as first_response_ms_p99,
        sketch(first_response_ms) as first_response_ms_sketch,
        count(handle_ms) as handled,
        sum(handle_ms) as handle_ms_sum,
        quantile_disc(handle_ms, 0.5) as handle_ms_p50,
        quantile_disc(handle_ms, 0.95) as handle_ms_p95,
        sketch(handle_ms) as handle_ms_sketch,

        -- extent
        max(data_through) as data_through
    from conversations
    group by tenant_id, day, agent_version
)

select * from final
