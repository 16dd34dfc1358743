with conversations as (
    select * from {{ ref('stg_conversations') }}
),

final as (
    select
        -- grain
        tenant_id,
        day,
        agent_version,

        -- volume
        count(*) as conversations,
        sum(turns)::bigint as turns,
        sum(steps)::bigint as steps,

        -- outcome
        count(*) filter (outcome = 'resolved') as resolved,
        count(*) filter (outcome = 'escalated') as escalated,
        count(*) filter (outcome = 'abandoned') as abandoned,
        count(*) filter (outcome = 'failed') as failed,
        count(*) filter (outcome is null) as still_open,
        count(reward) as rewarded,
        avg(reward) as mean_reward,

        -- work
        sum(model_calls)::bigint as model_calls,
        sum(tool_calls)::bigint as tool_calls,
        sum(tool_errors)::bigint as tool_errors,
        sum(errors)::bigint as errors,
        sum(input_tokens)::bigint as input_tokens,
        sum(output_tokens)::bigint as output_tokens,
        sum(cost_usd) as cost_usd,

        -- extent
        max(data_through) as data_through
    from conversations
    group by tenant_id, day, agent_version
)

select * from final
