-- The exposures of the experiment asked for, as far as the log is complete; the log is read this once.
create or replace temp table asked_exposures as
select
    unit,
    exposed_at,
    variant,
    complexity,
    tenant_tier,
    topic,
    hash(variant, complexity, tenant_tier, topic) as met
from exposure_log
where
    experiment = getvariable('asked_experiment')
    and exposed_at <= getvariable('log_complete_through')
