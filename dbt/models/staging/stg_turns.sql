with turns as (
    select * from {{ source('silver', 'turns') }}
),

final as (
    select
        -- keys
        tenant_id,
        conversation_id,
        turn,

        -- work
        response_ms,
        tool_calls,
        tool_errors
    from turns
)

select * from final
