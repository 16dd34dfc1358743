-- The exposures of the lake. Strata are of before the exposure: what a conversation became is none, and a
-- message that came later is not looked at. A tenant has the tier that it had at that time.
create or replace temp view exposure_log as
with

exposures as (
    select
        tenant_id,
        conversation_id,
        event_time,
        payload ->> [
            '$."cx.experiment.key"', '$."cx.experiment.variant"', '$."cx.experiment.unit"'
        ] as told
    from silver.events
    where event_type = 'experiment_exposure'
)

select
    exposures.told[1] as experiment,
    exposures.told[2] as variant,
    exposures.tenant_id || '/' || coalesce(
        exposures.told[3],
        conversations.customer_key,
        exposures.conversation_id
    ) as unit,
    exposures.event_time as exposed_at,
    case
        when conversations.first_message_at <= exposures.event_time then conversations.complexity
    end as complexity,
    coalesce(tenants.tier, 'unlisted') as tenant_tier,
    conversations.scenario as topic
from exposures
left join silver.conversations as conversations
    on
        exposures.tenant_id = conversations.tenant_id
        and exposures.conversation_id = conversations.conversation_id
left join gold.tenants as tenants
    on
        exposures.tenant_id = tenants.tenant_id
        and exposures.event_time >= tenants.valid_from
        and exposures.event_time < coalesce(tenants.valid_to, 'infinity'::timestamptz)
