-- Every event of the rebuilt conversations once, with the payload fields that turns and conversations need.
create or replace temp table typed_events as
with events as (
    select
        read.event_id,
        read.event_type,
        read.event_time,
        read.event_time_ns,
        read.tenant_id,
        read.conversation_id,
        read.turn,
        read.agent_version,
        read.experiments,
        read.trace_id,
        read.broker_time,
        read.payload
    from events_in_reach as read
    semi join touched
        on
            read.tenant_id = touched.tenant_id
            and read.conversation_id = touched.conversation_id
    where read.event_type <> 'events_dropped' -- told by a producer, of no conversation
    qualify
        row_number() over (
            partition by read.event_id
            order by read.broker_time, read.kafka_partition, read.kafka_offset
        ) = 1
),

parsed as (
    select
        * exclude (payload),
        json_transform(payload, '{
            "cx.content": "VARCHAR",
            "gen_ai.agent.name": "VARCHAR",
            "cx.channel": "VARCHAR",
            "cx.scenario": "VARCHAR",
            "cx.customer.key": "VARCHAR",
            "cx.outcome": "VARCHAR",
            "cx.reason": "VARCHAR",
            "cx.summary": "VARCHAR",
            "cx.steps": "BIGINT",
            "cx.duration_ns": "BIGINT",
            "cx.cost_usd": "DOUBLE",
            "gen_ai.response.model": "VARCHAR",
            "gen_ai.usage.input_tokens": "BIGINT",
            "gen_ai.usage.output_tokens": "BIGINT",
            "cx.usage.estimated": "BOOLEAN",
            "gen_ai.tool.name": "VARCHAR",
            "cx.tool.effect": "VARCHAR",
            "cx.tool.ok": "BOOLEAN",
            "error.type": "VARCHAR",
            "cx.guardrail.name": "VARCHAR",
            "cx.guardrail.layer": "VARCHAR",
            "cx.experiment.key": "VARCHAR",
            "cx.experiment.variant": "VARCHAR",
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
        payload['cx.customer.key'] as customer_key,
        payload['cx.outcome'] as outcome,
        payload['cx.reason'] as reason,
        payload['cx.summary'] as summary,
        payload['cx.steps'] as steps,
        payload['cx.duration_ns'] as duration_ns,
        payload['cx.cost_usd']::decimal(18, 9) as cost_usd,
        payload['gen_ai.response.model'] as model,
        payload['gen_ai.usage.input_tokens'] as input_tokens,
        payload['gen_ai.usage.output_tokens'] as output_tokens,
        payload['cx.usage.estimated'] as tokens_estimated,
        payload['gen_ai.tool.name'] as tool,
        payload['cx.tool.effect'] as effect,
        payload['cx.tool.ok'] as tool_ok,
        payload['error.type'] as error_type,
        payload['cx.guardrail.layer'] || '/' || payload['cx.guardrail.name'] as guardrail,
        payload['cx.experiment.key'] || '=' || payload['cx.experiment.variant'] as exposure,
        payload['cx.feedback.rating'] as rating,
        payload['gen_ai.evaluation.name'] as evaluation,
        payload['gen_ai.evaluation.score.value'] as score,
        { 'time_ns': event_time_ns, 'event_id': event_id } as place
    from parsed
)

select * from final
