-- Every conversation as one JSON document: its turns, tool calls and model calls.
with talks as (
    select
        tenant_id,
        conversation_id,
        list(
            {
                'message': customer_message,
                'answer': agent_response,
                'started_ns': epoch_ns(started_at),
                'ms': response_ms
            }
            order by turn
        ) as turns
    from silver.turns
    group by tenant_id, conversation_id
)

select
    to_json(
        {
            'conversation_id': one.conversation_id,
            'tenant_id': one.tenant_id,
            'agent_version': one.agent_version,
            'started_ns': epoch_ns(one.started_at),
            'ended_ns': epoch_ns(coalesce(one.last_contact_at, one.started_at)),
            'turns': coalesce(talks.turns, []),
            'tools': [
                {'tool': call.tool, 'ok': call.ok, 'error_type': call.error_type, 'ms': call.duration_ms}
                for call in one.tool_log
            ],
            'models': [
                {
                    'model': call.model,
                    'input_tokens': call.input_tokens,
                    'output_tokens': call.output_tokens,
                    'cost_usd': call.cost_usd,
                    'ms': call.duration_ms
                }
                for call in one.model_log
            ]
        }
    ) as document
from silver.conversations as one
left join talks on one.tenant_id = talks.tenant_id and one.conversation_id = talks.conversation_id
order by one.tenant_id, one.conversation_id
