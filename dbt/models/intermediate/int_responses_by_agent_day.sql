with conversations as (
    select * from {{ ref('stg_conversations') }}
),

responses as (
    select
        tenant_id,
        day,
        agent_version,
        unnest(response_ms) as response_ms
    from conversations
),

final as (
    select
        -- grain
        tenant_id,
        day,
        agent_version,

        -- latency
        count(*) as responses,
        quantile_disc(response_ms, 0.5) as response_ms_p50,
        quantile_disc(response_ms, 0.95) as response_ms_p95,
        quantile_disc(response_ms, 0.99) as response_ms_p99,
        sketch(response_ms) as response_ms_sketch
    from responses
    group by tenant_id, day, agent_version
)

select * from final
