with conversations as (
    select * from {{ ref('stg_conversations') }}
),

calls as (
    select
        tenant_id,
        conversation_id,
        day,
        agent_version,
        data_through,
        unnest(tool_log) as call,
        generate_subscripts(tool_log, 1) as place
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
        call['tool'] as tool,
        call['effect'] as effect,
        call['ok'] as ok,
        call['error_type'] as error_type,
        call['duration_ms'] as duration_ms,

        -- extent
        data_through
    from calls
)

select * from final
