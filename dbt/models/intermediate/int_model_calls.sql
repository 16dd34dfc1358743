with conversations as (
    select * from {{ ref('stg_conversations') }}
),

calls as (
    select
        tenant_id,
        conversation_id,
        day,
        agent_version,
        outcome,
        data_through,
        unnest(model_log) as call,
        generate_subscripts(model_log, 1) as place
    from conversations
),

final as (
    select
        -- keys
        tenant_id,
        conversation_id,
        place,
        day,
        agent_version,

        -- call
        call['turn'] as turn,
        call['model'] as model,
        call['input_tokens'] as input_tokens,
        call['output_tokens'] as output_tokens,
        call['cost_usd'] as cost_usd,
        call['duration_ms'] as duration_ms,

        -- conversation
        outcome,

        -- extent
        data_through
    from calls
)

select * from final
