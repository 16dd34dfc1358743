-- The exposures of the lake. Strata are of before the exposure: what a conversation became is none.
create or replace temp view exposure_log as
select
    events.payload ->> '$."cx.experiment.key"' as experiment,
    events.payload ->> '$."cx.experiment.variant"' as variant,
    events.tenant_id || '/' || coalesce(
        events.payload ->> '$."cx.experiment.unit"',
        conversations.customer_key,
        events.conversation_id
    ) as unit,
    events.event_time as exposed_at,
    null::varchar as complexity,
    null::varchar as tenant_tier,
    conversations.scenario as topic
from silver.events as events
left join silver.conversations as conversations
    on
        events.tenant_id = conversations.tenant_id
        and events.conversation_id = conversations.conversation_id
where events.event_type = 'experiment_exposure'
