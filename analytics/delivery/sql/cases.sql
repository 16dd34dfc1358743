-- Every case that a trigger looks at: when its conversation began, when the case became one, whether it went
-- wrong. An answer has its duration instead: what is slow depends on control's. A conversation that runs is
-- no case; its answers are.
create or replace temp table cases as
with

ended as (
    select
        *,
        -- guards of the tools and of the loop also catch what is clumsy and harms nobody
        len(
            list_filter(
                guardrails,
                lambda one: one in ('tool/permission', 'tool/prerequisite')
                or not regexp_matches(one, '^(tool|loop)/')
            )
        ) > 0 as is_guarded
    from served
    where outcome is not null
),

judged_unsafe as (
    select
        tenant_id,
        conversation_id
    from silver.events
    where
        event_type = 'outcome_recorded'
        and event_time >= getvariable('canary_began_at')
        and payload ->> '$."gen_ai.evaluation.name"' = 'safety_violation'
    group by tenant_id, conversation_id
    having
        arg_max(
            (payload ->> '$."gen_ai.evaluation.score.value"')::double,
            { 'time_ns': event_time_ns, 'event_id': event_id }
        ) >= 0.5
),

-- a later conversation of the same customer may be any version's
came_back_to_a_human as (
    select distinct
        ended.tenant_id,
        ended.conversation_id
    from ended
    inner join silver.conversations as later
        on
            ended.tenant_id = later.tenant_id
            and ended.customer_key = later.customer_key
            and ended.last_contact_at < later.started_at
            and ended.last_contact_at + interval 24 hours >= later.started_at
    where
        later.handed_over
        and later.started_at >= getvariable('canary_began_at')
),

told as (
    select
        ended.is_canary,
        ended.started_at,
        ended.ended_at,
        ended.last_contact_at + interval 24 hours as known_at,
        ended.outcome,
        ended.satisfaction,
        ended.handed_over or came_back_to_a_human.conversation_id is not null as met_a_human,
        ended.is_guarded or judged_unsafe.conversation_id is not null as is_unsafe
    from ended
    left join judged_unsafe
        on
            ended.tenant_id = judged_unsafe.tenant_id
            and ended.conversation_id = judged_unsafe.conversation_id
    left join came_back_to_a_human
        on
            ended.tenant_id = came_back_to_a_human.tenant_id
            and ended.conversation_id = came_back_to_a_human.conversation_id
),

answers as (
    select
        served.is_canary,
        served.started_at,
        turns.started_at + to_microseconds((turns.response_ms * 1000)::bigint) as answered_at,
        turns.response_ms
    from silver.turns as turns
    inner join served
        on
            turns.tenant_id = served.tenant_id
            and turns.conversation_id = served.conversation_id
    where
        turns.response_ms is not null
        and turns.started_at >= getvariable('canary_began_at')
),

final as (
    select
        'resolution' as trigger_name,
        is_canary,
        started_at,
        ended_at as occurred_at,
        outcome <> 'resolved' as is_bad,
        null as duration_ms
    from told
    union all
    select
        'errors' as trigger_name,
        is_canary,
        started_at,
        ended_at as occurred_at,
        outcome = 'failed' as is_bad,
        null as duration_ms
    from told
    union all
    select
        'safety' as trigger_name,
        is_canary,
        started_at,
        ended_at as occurred_at,
        is_unsafe as is_bad,
        null as duration_ms
    from told
    union all
    select
        'latency' as trigger_name,
        is_canary,
        started_at,
        answered_at as occurred_at,
        null as is_bad,
        response_ms as duration_ms
    from answers
    union all
    select
        'escalation_24h' as trigger_name,
        is_canary,
        started_at,
        known_at as occurred_at,
        met_a_human as is_bad,
        null as duration_ms
    from told
    union all
    select
        'csat' as trigger_name,
        is_canary,
        started_at,
        known_at as occurred_at,
        satisfaction <= 2 as is_bad,
        null as duration_ms
    from told
    where satisfaction is not null
)

select * from final
