-- One row a conversation. `place` orders events by time, then id: delivery order does not matter.
select
    tenant_id,
    conversation_id,
    arg_min(agent_version, place) as agent_version,
    arg_min(agent_name, place) filter (event_type = 'conversation_started') as agent_name,
    arg_min(channel, place) filter (event_type = 'conversation_started') as channel,
    arg_min(scenario, place) filter (event_type = 'conversation_started') as scenario,
    arg_max(experiments, place) as experiments,
    arg_min(trace_id, place) as trace_id,
    min(event_time) as started_at,
    max(event_time) filter (event_type = 'conversation_ended') as ended_at,
    (
        max(event_time_ns) filter (event_type = 'conversation_ended') - min(event_time_ns)
    ) / 1e6 as duration_ms,
    arg_max(outcome, place) filter (event_type = 'conversation_ended') as outcome,
    arg_max(reason, place) filter (event_type = 'conversation_ended') as outcome_reason,
    arg_max(reason, place) filter (event_type = 'handover') as handover_reason,
    arg_max(score, place) filter (
        event_type = 'outcome_recorded' and evaluation = 'task_reward'
    ) as reward,
    arg_max(rating, place) filter (event_type = 'feedback_received') as rating,
    count(*) filter (event_type = 'msg_received') as turns,
    coalesce(
        arg_max(steps, place) filter (event_type = 'conversation_ended'),
        count(*) filter (event_type = 'llm_call_end')
    ) as steps,
    count(*) filter (event_type = 'response_sent') as responses,
    arg_min(duration_ns, place) filter (event_type = 'response_sent') / 1e6 as first_response_ms,
    coalesce(
        list(duration_ns / 1e6 order by place) filter (event_type = 'response_sent'),
        []
    ) as response_ms,
    count(*) filter (event_type = 'llm_call_end') as model_calls,
    coalesce(sum(duration_ns) filter (event_type = 'llm_call_end'), 0) / 1e6 as model_ms,
    coalesce(sum(input_tokens) filter (event_type = 'llm_call_end'), 0) as input_tokens,
    coalesce(sum(output_tokens) filter (event_type = 'llm_call_end'), 0) as output_tokens,
    coalesce(bool_or(tokens_estimated) filter (event_type = 'llm_call_end'), false) as tokens_estimated,
    coalesce(sum(cost_usd) filter (event_type = 'llm_call_end'), 0) as cost_usd,
    count(*) filter (event_type = 'tool_call_end') as tool_calls,
    count(*) filter (event_type = 'tool_call_end' and not tool_ok) as tool_errors,
    coalesce(sum(duration_ns) filter (event_type = 'tool_call_end'), 0) / 1e6 as tool_ms,
    coalesce(list_sort(list(distinct tool) filter (event_type = 'tool_call_end')), []) as tools,
    count(*) filter (event_type = 'reasoning_step') as reasoning_steps,
    count(*) filter (event_type = 'guardrail_triggered') as guardrails_triggered,
    count(*) filter (event_type = 'error') as errors,
    bool_or(event_type = 'handover') as handed_over,
    count(*) as events,
    max(broker_time) as data_through
from typed_events
group by tenant_id, conversation_id
