-- What ended conversations count for, one row an outcome; each belongs to the customer who was assigned.
-- One branch an outcome, so that a reader who asks for two outcomes reads the columns of two.
create or replace temp view outcome_log as
with

ended as not materialized (
    select
        *,
        tenant_id || '/' || coalesce(customer_key, conversation_id) as unit,
        coalesce(ended_at, last_contact_at) as occurred_at
    from silver.conversations
    where outcome is not null
),

measured as (
    select
        conversation_id,
        unit,
        occurred_at,
        'conversations' as measure,
        1.0 as value
    from ended
    union all
    select
        conversation_id,
        unit,
        occurred_at,
        'resolved' as measure,
        (outcome = 'resolved')::double as value
    from ended
    union all
    select
        conversation_id,
        unit,
        occurred_at,
        'escalated' as measure,
        (outcome = 'escalated')::double as value
    from ended
    union all
    select
        conversation_id,
        unit,
        occurred_at,
        'recontacted' as measure,
        recontacted_within_24h::double as value
    from ended
    union all
    select
        conversation_id,
        unit,
        occurred_at,
        'reward' as measure,
        reward as value
    from ended
    union all
    select
        conversation_id,
        unit,
        occurred_at,
        'rated' as measure,
        (rating is not null)::double as value
    from ended
    union all
    select
        conversation_id,
        unit,
        occurred_at,
        'rating' as measure,
        rating::double as value
    from ended
    union all
    select
        conversation_id,
        unit,
        occurred_at,
        'cost_usd' as measure,
        cost_usd::double as value
    from ended
    union all
    select
        conversation_id,
        unit,
        occurred_at,
        'answers' as measure,
        responses::double as value
    from ended
    union all
    select
        conversation_id,
        unit,
        occurred_at,
        'answer_ms' as measure,
        total_response_ms as value
    from ended
    union all
    select
        conversation_id,
        unit,
        occurred_at,
        'tool_calls' as measure,
        tool_calls::double as value
    from ended
    union all
    select
        conversation_id,
        unit,
        occurred_at,
        'tool_errors' as measure,
        tool_errors::double as value
    from ended
    union all
    select
        conversation_id,
        unit,
        occurred_at,
        'guardrails' as measure,
        guardrails_triggered::double as value
    from ended
),

final as (
    select
        conversation_id || '/' || measure as event_id,
        unit,
        measure as outcome,
        value,
        occurred_at
    from measured
    where value is not null
)

select * from final
