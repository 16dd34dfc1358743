-- Users by variant, those who met several apart, and when the first of them came.
select
    case when not is_mixed then variant end as variant,
    count(*) as units,
    min(exposed_at) as first_at
from first_exposures
group by 1
order by 1
