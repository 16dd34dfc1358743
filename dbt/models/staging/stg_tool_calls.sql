with events as (
    select * from {{ source('silver', 'events') }}
),

tool_calls as (
    select
        event_id,
        tenant_id,
        conversation_id,
        broker_time,
        json_transform(payload, '{
            "gen_ai.tool.name": "VARCHAR",
            "cx.tool.effect": "VARCHAR",
            "cx.tool.ok": "BOOLEAN",
            "cx.duration_ns": "BIGINT"
        }') as payload
    from events
    where event_type = 'tool_call_end'
),

final as (
    select
        -- keys
        event_id,
        tenant_id,
        conversation_id,

        -- call
        payload['gen_ai.tool.name'] as tool,
        payload['cx.tool.effect'] as effect,
        payload['cx.tool.ok'] as ok,
        payload['cx.duration_ns'] / 1e6 as duration_ms,

        -- extent
        broker_time as data_through
    from tool_calls
)

select * from final
