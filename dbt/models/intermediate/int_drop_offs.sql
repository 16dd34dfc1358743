with conversations as (
    select * from {{ ref('stg_conversations') }}
),

turns as (
    select * from {{ ref('stg_turns') }}
),

unresolved as (
    select * from conversations
    where outcome is not null and outcome <> 'resolved'
),

last_turns as (
    select *
    from turns
    qualify row_number() over (partition by tenant_id, conversation_id order by turn desc) = 1
),

final as (
    select
        -- keys
        unresolved.tenant_id,
        unresolved.conversation_id,
        unresolved.day,
        unresolved.agent_version,
        unresolved.outcome,

        -- where
        case
            when last_turns.turn is null then 'before a message'
            when last_turns.handed_over then 'at a hand-over'
            when last_turns.guardrails_triggered > 0 then 'after a guardrail'
            when last_turns.tool_errors > 0 then 'after a tool error'
            when last_turns.agent_response is null then 'without an answer'
            else 'after an answer'
        end as drop_off_point,
        coalesce(unresolved.tool_log[-1]['tool'], 'none') as last_tool,
        unresolved.turns,

        -- work
        unresolved.cost_usd,

        -- extent
        unresolved.data_through
    from unresolved
    left join last_turns
        on
            unresolved.tenant_id = last_turns.tenant_id
            and unresolved.conversation_id = last_turns.conversation_id
)

select * from final
