-- What became of the events of silver on their way to gold, by topic partition and hour.
-- The table touched has the conversations that wait for a build, days_due the days that gold waits for.
-- What is newer than its conversation's row, or than gold, waits. The older events of what waits are
-- judged once it is built.
-- Rows are aggregates: where a conversation or a day counts too few or too many events, all of its
-- events are told so, since none of them can be shown to be there.
with conversations as (
    select
        tenant_id,
        conversation_id,
        any_value(agent_version) as agent_version,
        any_value(started_at::date) as day,
        sum(events) as events,
        max(data_through) as data_through
    from silver.conversations
    group by tenant_id, conversation_id
),

days as (
    select
        tenant_id,
        started_at::date as day,
        agent_version,
        sum(events) as events
    from silver.conversations
    group by all
),

gold as (
    select
        tenant_id,
        day,
        agent_version,
        sum(events) as events,
        max(data_through) as data_through
    from gold.agent_daily
    group by tenant_id, day, agent_version
),

groups as (
    select
        coalesce(days.tenant_id, gold.tenant_id) as tenant_id,
        coalesce(days.day, gold.day) as day,
        coalesce(days.agent_version, gold.agent_version) as agent_version,
        coalesce(days.events, 0) as events,
        coalesce(gold.events, 0) as gold_events,
        gold.data_through
    from days
    full outer join gold
        on
            days.tenant_id = gold.tenant_id
            and days.day = gold.day
            and days.agent_version is not distinct from gold.agent_version
),

events as (
    select
        events.tenant_id,
        events.conversation_id,
        events.topic,
        events.kafka_partition,
        date_trunc('hour', events.broker_time) as hour,
        conversations.day,
        conversations.events as events_told,
        groups.events as events_of_group,
        groups.gold_events,
        touched.tenant_id is not null as is_touched,
        days_due.day is not null as is_day_due,
        coalesce(events.broker_time > conversations.data_through, true) as is_unseen,
        coalesce(events.broker_time > groups.data_through, true) as is_unseen_by_gold,
        count(distinct events.event_id) as events,
        min(events.broker_time) as oldest_at
    from silver.events as events
    left join touched
        on
            events.tenant_id = touched.tenant_id
            and events.conversation_id = touched.conversation_id
    left join conversations
        on
            events.tenant_id = conversations.tenant_id
            and events.conversation_id = conversations.conversation_id
    left join days_due on conversations.day = days_due.day
    left join groups
        on
            conversations.tenant_id = groups.tenant_id
            and conversations.day = groups.day
            and conversations.agent_version is not distinct from groups.agent_version
    where events.event_type <> 'events_dropped' -- told by a producer, of no conversation
    group by all
),

expected as (
    select
        tenant_id,
        conversation_id,
        sum(events) as events
    from events
    group by tenant_id, conversation_id
),

judged as (
    select
        events.*,
        case
            when events.is_touched and events.is_unseen then 'waiting'
            when not events.is_touched and coalesce(events.events_told, 0) < expected.events
                then 'lost_before_conversations'
            when not events.is_touched and events.events_told > expected.events then 'doubled'
            when events.is_day_due and events.is_unseen_by_gold then 'waiting_for_gold'
            when not events.is_day_due and events.gold_events < events.events_of_group
                then 'lost_before_gold'
            when not events.is_day_due and events.gold_events > events.events_of_group then 'doubled'
            else 'gold'
        end as fate
    from events
    inner join expected
        on
            events.tenant_id = expected.tenant_id
            and events.conversation_id = expected.conversation_id
),

-- rows of no event of silver have no partition
invented as (
    select conversations.events
    from conversations
    anti join expected
        on
            conversations.tenant_id = expected.tenant_id
            and conversations.conversation_id = expected.conversation_id
    anti join touched
        on
            conversations.tenant_id = touched.tenant_id
            and conversations.conversation_id = touched.conversation_id
    union all
    select groups.gold_events as events
    from groups
    anti join days_due on groups.day = days_due.day
    where groups.events = 0
),

counted as (
    select
        topic,
        kafka_partition,
        hour,
        sum(events) as silver,
        sum(events) filter (fate not in ('waiting', 'lost_before_conversations')) as conversations,
        sum(events) filter (fate = 'gold') as gold,
        sum(events) filter (fate in ('waiting', 'waiting_for_gold')) as waiting,
        sum(events) filter (
            fate in ('waiting', 'waiting_for_gold')
            and coalesce(oldest_at < getvariable('waiting_since'), true)
        ) as overdue,
        sum(events) filter (fate = 'lost_before_conversations') as lost_before_conversations,
        sum(events) filter (fate = 'lost_before_gold') as lost_before_gold,
        sum(events) filter (fate = 'doubled') as doubled
    from judged
    group by topic, kafka_partition, hour
    union all by name
    select
        'none' as topic,
        -1 as kafka_partition,
        date_trunc('hour', getvariable('accounted_at')) as hour,
        sum(events) as doubled
    from invented
    having count(*) > 0
),

final as (
    select
        topic,
        kafka_partition,
        hour,
        coalesce(silver, 0) as silver,
        coalesce(conversations, 0) as conversations,
        coalesce(gold, 0) as gold,
        coalesce(waiting, 0) as waiting,
        coalesce(overdue, 0) as overdue,
        coalesce(lost_before_conversations, 0) as lost_before_conversations,
        coalesce(lost_before_gold, 0) as lost_before_gold,
        coalesce(doubled, 0) as doubled
    from counted
)

select
    *,
    overdue + lost_before_conversations + lost_before_gold + doubled = 0 as balanced,
    getvariable('accounted_at') as accounted_at
from final
order by topic, kafka_partition, hour
