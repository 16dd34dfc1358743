-- Every event of silver once, with the payload fields that turns and conversations need.
create or replace temp table typed_events as
with events as (
    select
        event_id,
        event_type,
        event_time,
        event_time_ns,
        tenant_id,
        conversation_id,
        turn,
        agent_version,
        experiments,
        trace_id,
        broker_time,
        payload
    from silver.events
    qualify row_number() over (partition by event_id order by broker_time, kafka_partition, kafka_offset) = 1
),

parsed as (
    select
        * exclude (payload),
        json_transform(payload, '{
            "cx.content": "VARCHAR",
            "gen_ai.agent.name": "VARCHAR",
            "cx.channel": "VARCHAR",
            "cx.scenario": "VARCHAR",
            "cx.outcome": "VARCHAR",
            "cx.reason": "VARCHAR",
            "cx.steps": "BIGINT",
            "cx.duration_ns": "BIGINT",
            "cx.cost_usd": "DOUBLE",
            "gen_ai.usage.input_tokens": "BIGINT",
            "gen_ai.usage.output_tokens": "BIGINT",
            "cx.usage.estimated": "BOOLEAN",
            "gen_ai.tool.name": "VARCHAR",
            "cx.tool.ok": "BOOLEAN",
            "cx.feedback.rating": "INTEGER",
            "gen_ai.evaluation.name": "VARCHAR",
            "gen_ai.evaluation.score.value": "DOUBLE"
        }') as payload
    from events
),

final as (
    select
        * exclude (payload),
        payload['cx.content'] as content,
        payload['gen_ai.agent.name'] as agent_name,
        payload['cx.channel'] as channel,
        payload['cx.scenario'] as scenario,
        payload['cx.outcome'] as outcome,
        payload['cx.reason'] as reason,
        payload['cx.steps'] as steps,
        payload['cx.duration_ns'] as duration_ns,
        payload['cx.cost_usd']::decimal(18, 9) as cost_usd,
        payload['gen_ai.usage.input_tokens'] as input_tokens,
        payload['gen_ai.usage.output_tokens'] as output_tokens,
        payload['cx.usage.estimated'] as tokens_estimated,
        payload['gen_ai.tool.name'] as tool,
        payload['cx.tool.ok'] as tool_ok,
        payload['cx.feedback.rating'] as rating,
        payload['gen_ai.evaluation.name'] as evaluation,
        payload['gen_ai.evaluation.score.value'] as score,
        { 'time_ns': event_time_ns, 'event_id': event_id } as place
    from parsed
)

select * from final
