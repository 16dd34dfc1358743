-- One row a turn. `place` orders events by time, then id: delivery order does not matter.
create or replace temp table fresh_turns as
select
    tenant_id,
    conversation_id,
    turn,
    arg_min(agent_version, place) as agent_version,
    coalesce(
        min(event_time) filter (event_type = 'msg_received'),
        min(event_time)
    ) as started_at,
    max(event_time) filter (event_type not in ('feedback_received', 'outcome_recorded')) as ended_at,
    arg_max(experiments, place) as experiments,
    arg_min(trace_id, place) as trace_id,
    arg_min(content, place) filter (event_type = 'msg_received') as customer_message,
    arg_max(content, place) filter (event_type = 'response_sent') as agent_response,
    arg_max(duration_ns, place) filter (event_type = 'response_sent') / 1e6 as response_ms,
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
    coalesce(histogram(tool) filter (event_type = 'tool_call_end'), map { }) as tool_counts,
    count(*) filter (event_type = 'reasoning_step') as reasoning_steps,
    count(*) filter (event_type = 'guardrail_triggered') as guardrails_triggered,
    count(*) filter (event_type = 'error') as errors,
    bool_or(event_type = 'handover') as handed_over,
    count(*) as events,
    max(broker_time) as data_through
from typed_events
where turn >= 1
group by tenant_id, conversation_id, turn
