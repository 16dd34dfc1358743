with conversations as (
    select * from {{ ref('stg_conversations') }}
),

turns as (
    select * from {{ ref('stg_turns') }}
),

responses as (
    select
        conversations.tenant_id,
        conversations.day,
        conversations.agent_version,
        turns.response_ms
    from turns
    inner join conversations
        on
            turns.tenant_id = conversations.tenant_id
            and turns.conversation_id = conversations.conversation_id
    where turns.response_ms is not null
),

final as (
    select
        -- grain
        tenant_id,
        day,
        agent_version,

        -- latency
        count(*) as responses,
        quantile_cont(response_ms, 0.5) as response_ms_p50,
        quantile_cont(response_ms, 0.95) as response_ms_p95,
        quantile_cont(response_ms, 0.99) as response_ms_p99
    from responses
    group by tenant_id, day, agent_version
)

select * from final
