-- What ended conversations count for, one row an outcome; each belongs to the customer who was assigned.
create or replace temp view outcome_log as
with

ended as (
    select
        conversation_id,
        tenant_id || '/' || coalesce(customer_key, conversation_id) as unit,
        coalesce(ended_at, last_contact_at) as occurred_at,
        unnest([
            {'outcome': 'conversations', 'value': 1.0::double},
            {'outcome': 'resolved', 'value': (outcome = 'resolved')::double},
            {'outcome': 'escalated', 'value': (outcome = 'escalated')::double},
            {'outcome': 'recontacted', 'value': recontacted_within_24h::double},
            {'outcome': 'reward', 'value': reward},
            {'outcome': 'rated', 'value': (rating is not null)::double},
            {'outcome': 'rating', 'value': rating::double},
            {'outcome': 'cost_usd', 'value': cost_usd::double},
            {'outcome': 'answers', 'value': responses::double},
            {'outcome': 'answer_ms', 'value': total_response_ms},
            {'outcome': 'tool_calls', 'value': tool_calls::double},
            {'outcome': 'tool_errors', 'value': tool_errors::double},
            {'outcome': 'guardrails', 'value': guardrails_triggered::double}
        ]) as measured
    from silver.conversations
    where outcome is not null
),

final as (
    select
        conversation_id || '/' || measured.outcome as event_id,
        unit,
        measured.outcome as outcome,
        measured.value as value,
        occurred_at
    from ended
    where measured.value is not null
)

select * from final
