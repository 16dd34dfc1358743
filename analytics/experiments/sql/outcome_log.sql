-- What ended conversations count for, one row an outcome; each belongs to the customer who was assigned.
create or replace temp view outcome_log as
with

ended as (
    select
        conversation_id,
        tenant_id || '/' || coalesce(customer_key, conversation_id) as unit,
        coalesce(ended_at, last_contact_at) as occurred_at,
        unnest([
            'conversations',
            'resolved',
            'escalated',
            'recontacted',
            'reward',
            'rated',
            'rating',
            'cost_usd',
            'answers',
            'answer_ms',
            'tool_calls',
            'tool_errors',
            'guardrails'
        ]) as measured,
        unnest([
            1.0,
            (outcome = 'resolved')::double,
            (outcome = 'escalated')::double,
            recontacted_within_24h::double,
            reward,
            (rating is not null)::double,
            rating::double,
            cost_usd::double,
            responses::double,
            total_response_ms,
            tool_calls::double,
            tool_errors::double,
            guardrails_triggered::double
        ]) as value
    from silver.conversations
    where outcome is not null
),

final as (
    select
        conversation_id || '/' || measured as event_id,
        unit,
        measured as outcome,
        value,
        occurred_at
    from ended
    where value is not null
)

select * from final
