-- Sums over users by metric, variant, day and stratum, from the log as it stands. Nothing here minds a
-- duplicate (first exposures are minima, outcomes are taken once by their id) or a late event (all of
-- it is computed from the log). A user counts once the metric's window has passed: in `n` whether they had
-- an outcome or not, in the sums only where they had, since nothing adds nothing.
with

asked_parts as (
    select
        *,
        numerator as outcome,
        true as is_above,
        numerator = denominator as is_below
    from asked_metrics
    union all
    select
        *,
        denominator as outcome,
        false as is_above,
        true as is_below
    from asked_metrics
    where denominator != numerator
),

in_reach as (
    select
        outcomes_near.place,
        outcomes_near.met,
        outcomes_near.exposed_us,
        outcomes_near.value,
        outcomes_near.after_us >= 0 as is_after,
        asked_parts.metric,
        asked_parts.is_above,
        asked_parts.is_below
    from outcomes_near
    inner join asked_parts
        on
            outcomes_near.outcome = asked_parts.outcome
            and outcomes_near.after_us >= -asked_parts.covariate_us
            and outcomes_near.after_us < asked_parts.window_us
    where
        outcomes_near.exposed_us + asked_parts.window_us <= epoch_us(getvariable('log_complete_through'))
),

of_users as (
    select
        place,
        metric,
        any_value(met) as met,
        any_value(exposed_us) as exposed_us,
        coalesce(sum(value) filter (is_above and is_after), 0) as total,
        coalesce(sum(value) filter (is_below and is_after), 0) as y,
        coalesce(sum(value) filter (is_above and not is_after), 0) as z
    from in_reach
    group by place, metric
),

measured as (
    select
        of_users.metric,
        of_users.met,
        (of_users.exposed_us + asked_metrics.window_us) // 86_400_000_000 as day,
        of_users.exposed_us // 21_600_000_000 % 4 as quarter,
        case
            when asked_metrics.is_count then cast(of_users.total > 0 as double)
            else of_users.total
        end as x,
        of_users.y,
        of_users.z
    from of_users
    inner join asked_metrics on of_users.metric = asked_metrics.metric
),

counted as (
    select
        asked_metrics.metric,
        first_exposures.met,
        (first_exposures.exposed_us + asked_metrics.window_us) // 86_400_000_000 as day,
        first_exposures.exposed_us // 21_600_000_000 % 4 as quarter,
        count(*) as n
    from first_exposures
    cross join asked_metrics
    where
        not first_exposures.is_mixed
        and first_exposures.exposed_us + asked_metrics.window_us
        <= epoch_us(getvariable('log_complete_through'))
    group by all
),

added as (
    select
        metric,
        met,
        day,
        quarter,
        sum(x) as x,
        sum(x * x) as xx,
        sum(y) as y,
        sum(y * y) as yy,
        sum(x * y) as xy,
        sum(z) as z,
        sum(z * z) as zz,
        sum(x * z) as xz
    from measured
    group by all
),

cells as (
    select
        asked_metrics.name as metric,
        exposure_kinds.variant,
        date '1970-01-01' + cast(counted.day as integer) as day,
        exposure_kinds.complexity,
        exposure_kinds.tenant_tier,
        exposure_kinds.topic,
        printf('%02d-%02d h', 6 * counted.quarter, 6 * counted.quarter + 5) as hour,
        counted.n,
        added.x,
        added.xx,
        added.y,
        added.yy,
        added.xy,
        added.z,
        added.zz,
        added.xz
    from counted
    inner join asked_metrics on counted.metric = asked_metrics.metric
    inner join exposure_kinds on counted.met = exposure_kinds.met
    left join added
        on
            counted.metric = added.metric
            and counted.met = added.met
            and counted.day = added.day
            and counted.quarter = added.quarter
),

summed as (
    select
        metric,
        variant,
        day,
        case
            when grouping(complexity) = 0 then 'complexity'
            when grouping(tenant_tier) = 0 then 'tenant_tier'
            when grouping(topic) = 0 then 'topic'
            when grouping(hour) = 0 then 'hour'
            else ''
        end as dimension,
        coalesce(complexity, tenant_tier, topic, hour, '') as stratum,
        cast(sum(n) as bigint) as n,
        coalesce(sum(x), 0) as x,
        coalesce(sum(xx), 0) as xx,
        coalesce(sum(y), 0) as y,
        coalesce(sum(yy), 0) as yy,
        coalesce(sum(xy), 0) as xy,
        coalesce(sum(z), 0) as z,
        coalesce(sum(zz), 0) as zz,
        coalesce(sum(xz), 0) as xz
    from cells
    group by
        grouping sets (
            (metric, variant, day),
            (metric, variant, day, complexity),
            (metric, variant, day, tenant_tier),
            (metric, variant, day, topic),
            (metric, variant, day, hour)
        )
),

final as (
    select * from summed
    where dimension = '' or stratum != ''
)

select * from final
order by metric, dimension, stratum, variant, day
