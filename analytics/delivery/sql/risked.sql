-- What the canary's writing calls did in the stage, in conversations that run as well: an effect counts once
-- under its idempotency key, by the newest thing that is known of it. A call that left without an answer, and
-- one whose outcome is unknown, may have happened and count; an answer from the ledger is an earlier one.
with

calls as (
    select
        tenant_id,
        conversation_id,
        coalesce(
            payload ->> '$."cx.tool.idempotency_key"',
            payload ->> '$."gen_ai.tool.call.id"'
        ) as effect_key,
        payload ->> '$."gen_ai.tool.name"' as tool,
        event_type = 'tool_call_end' as is_end,
        coalesce((payload ->> '$."cx.tool.from_ledger"')::boolean, false) as is_earlier,
        coalesce(
            payload ->> '$."cx.tool.state"',
            case when (payload ->> '$."cx.tool.ok"')::boolean then 'succeeded' else 'failed' end
        ) as state,
        payload ->> '$."gen_ai.tool.call.result"' as answer,
        { 'time_ns': event_time_ns, 'event_id': event_id } as place
    from silver.events
    where
        agent_version = getvariable('canary')
        and event_type in ('tool_call_start', 'tool_call_end')
        and event_time >= getvariable('stage_began_at')
        and event_time <= getvariable('counted_through')
        and payload ->> '$."cx.tool.effect"' = 'write'
),

effects as (
    select
        tool,
        coalesce(bool_or(is_end), false) as is_answered,
        arg_max(state, place) filter (is_end and not is_earlier) as state,
        arg_max(answer, place) filter (is_end and not is_earlier) as answer
    from calls
    group by tenant_id, conversation_id, effect_key, tool
),

happened as (
    select
        tool,
        money_moved(tool, answer) as money_usd
    from effects
    where case when state is null then not is_answered else state <> 'failed' end
),

final as (
    select
        coalesce(sum(money_usd), 0) as money_usd,
        count(*) filter (tool not in (select asked_reversible.tool from asked_reversible)) as irreversible,
        count(*) filter (money_usd is null) as unpriced
    from happened
)

select * from final
