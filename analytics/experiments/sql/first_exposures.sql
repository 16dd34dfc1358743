-- One row a user of the experiment asked for: what they met first, and whether they met several variants.
create or replace temp table first_exposures as
with

users as (
    select
        unit,
        min(exposed_at) as exposed_at,
        min(variant) != max(variant) as is_mixed,
        arg_min(
            {
                'variant': variant,
                'complexity': complexity,
                'tenant_tier': tenant_tier,
                'topic': topic
            },
            exposed_at
        ) as met
    from exposure_log
    where
        experiment = getvariable('asked_experiment')
        and exposed_at <= getvariable('log_complete_through')
    group by unit
)

select
    row_number() over () as place,
    users.unit,
    users.exposed_at,
    users.is_mixed,
    met.variant,
    met.complexity,
    met.tenant_tier,
    met.topic
from users
