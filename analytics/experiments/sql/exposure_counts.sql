-- Users by variant, those who met several apart, and when the first of them came.
select
    case when not first_exposures.is_mixed then exposure_kinds.variant end as variant,
    count(*) as units,
    min(first_exposures.exposed_at) as first_at
from first_exposures
inner join exposure_kinds on first_exposures.met = exposure_kinds.met
group by 1
order by 1
