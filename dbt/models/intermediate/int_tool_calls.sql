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
        call.turn,
        call.tool,
        call.effect,
        call.ok,
        call.error_type,
        call.duration_ms,

        -- extent
        data_through
    from calls
)

select * from final
