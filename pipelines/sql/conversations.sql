-- One row a conversation. `place` orders events by time, then id: delivery order does not matter.
-- How it ended, outcome_rule.sql says; whether the customer came back, recontacts.sql; how much they asked
-- for, complexity_rule.sql.
create or replace temp table told_conversations as
select
    tenant_id,
    conversation_id,
    arg_min(customer_key, place) filter (event_type = 'conversation_started') as customer_key,
    arg_min(agent_version, place) as agent_version,
    list_sort(list(distinct agent_version)) as agent_versions,
    arg_min(agent_name, place) filter (event_type = 'conversation_started') as agent_name,
    arg_min(channel, place) filter (event_type = 'conversation_started') as channel,
    arg_min(scenario, place) filter (event_type = 'conversation_started') as scenario,
    complexity_of(arg_min(content, place) filter (event_type = 'msg_received')) as complexity,
    complexity_rule() as complexity_rule,
    arg_max(experiments, place) as experiments,
    coalesce(
        list_sort(list(distinct exposure) filter (event_type = 'experiment_exposure')), []
    ) as exposures,
    arg_min(trace_id, place) as trace_id,
    min(event_time) as started_at,
    min(event_time) filter (event_type = 'msg_received') as first_message_at,
    max(event_time) filter (event_type = 'conversation_ended') as ended_at,
    coalesce(
        max(event_time) filter (event_type not in ('feedback_received', 'outcome_recorded')),
        max(event_time)
    ) as last_contact_at,
    max(event_time) as last_event_at,
    (
        max(event_time_ns) filter (event_type = 'conversation_ended') - min(event_time_ns)
    ) / 1e6 as duration_ms,
    (
        max(event_time_ns) filter (event_type not in ('feedback_received', 'outcome_recorded'))
        - min(event_time_ns) filter (event_type = 'msg_received')
    ) / 1e6 as handle_ms,
    arg_max(outcome, place) filter (event_type = 'conversation_ended') as outcome_told,
    arg_max(reason, place) filter (event_type = 'conversation_ended') as outcome_reason,
    arg_max(reason, place) filter (event_type = 'handover') as handover_reason,
    arg_max(summary, place) filter (event_type = 'handover') as handover_summary,
    arg_max(score, place) filter (
        event_type = 'outcome_recorded' and evaluation = 'task_reward'
    ) as reward,
    arg_max(score, place) filter (
        event_type = 'outcome_recorded' and evaluation = 'hallucination'
    ) as hallucination,
    arg_max(score, place) filter (
        event_type = 'outcome_recorded' and evaluation = 'csat'
    ) as csat,
    arg_max(rating, place) filter (event_type = 'feedback_received') as rating,
    arg_max(content, place) filter (event_type = 'feedback_received') as feedback_comment,
    max(event_time) filter (event_type = 'feedback_received') as feedback_at,
    arg_max(score > 0, place) filter (
        event_type = 'outcome_recorded' and evaluation = 'refund_settled'
    ) as refund_settled,
    max(event_time) filter (
        event_type = 'outcome_recorded' and evaluation = 'refund_settled'
    ) as refund_settled_at,
    count(*) filter (event_type = 'msg_received') as turns,
    coalesce(
        arg_max(steps, place) filter (event_type = 'conversation_ended'),
        count(*) filter (event_type = 'llm_call_end')
    ) as steps,
    count(*) filter (event_type = 'response_sent') as responses,
    arg_min(duration_ns, place) filter (event_type = 'response_sent') / 1e6 as first_response_ms,
    coalesce(sum(duration_ns) filter (event_type = 'response_sent'), 0) / 1e6 as total_response_ms,
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
    coalesce(histogram(tool) filter (event_type = 'tool_call_end'), map { }) as tool_counts,
    count(*) filter (event_type = 'reasoning_step') as reasoning_steps,
    count(*) filter (event_type = 'guardrail_triggered') as guardrails_triggered,
    count(*) filter (event_type = 'error') as errors,
    bool_or(event_type = 'handover') as handed_over,
    coalesce(
        list({
            'turn': turn,
            'tool': tool,
            'effect': effect,
            'ok': tool_ok,
            'error_type': error_type,
            'duration_ms': duration_ns / 1e6
        } order by place) filter (event_type = 'tool_call_end'),
        []
    ) as tool_log,
    coalesce(
        list({
            'turn': turn,
            'model': model,
            'input_tokens': input_tokens,
            'output_tokens': output_tokens,
            'cost_usd': cost_usd::double,
            'duration_ms': duration_ns / 1e6
        } order by place) filter (event_type = 'llm_call_end'),
        []
    ) as model_log,
    coalesce(
        list_sort(list(distinct guardrail) filter (event_type = 'guardrail_triggered')), []
    ) as guardrails,
    coalesce(list_sort(list(distinct error_type) filter (event_type = 'error')), []) as error_types,
    count(*) as events,
    max(broker_time) as data_through
from typed_events
group by tenant_id, conversation_id
