-- Every combination of variant and strata that an exposure has, by its number.
create or replace temp table exposure_kinds as
select
    met,
    any_value(variant) as variant,
    any_value(complexity) as complexity,
    any_value(tenant_tier) as tenant_tier,
    any_value(topic) as topic
from asked_exposures
group by met
