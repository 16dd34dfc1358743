-- Sums over users by metric, variant, day and stratum, from the log as it stands. Nothing here minds a
-- duplicate (first exposures are minima, outcomes are taken once by their id) or a late event (all of
-- it is computed from the log). A user counts once the metric's window has passed.
with

asked_outcomes as (
    select numerator as outcome from asked_metrics
    union
    select denominator from asked_metrics
),

outcomes_once as (
    select
        event_id,
        any_value(unit) as unit,
        any_value(outcome) as outcome,
        any_value(value) as value,
        min(occurred_at) as occurred_at
    from outcome_log
    where outcome in (select asked_outcomes.outcome from asked_outcomes)
    group by event_id
),

near as (
    select
        first_exposures.place,
        asked_metrics.metric,
        outcomes_once.value,
        outcomes_once.outcome = asked_metrics.numerator as is_above,
        outcomes_once.outcome = asked_metrics.denominator as is_below,
        outcomes_once.occurred_at >= first_exposures.exposed_at as is_after
    from outcomes_once
    inner join first_exposures on outcomes_once.unit = first_exposures.unit
    inner join asked_metrics
        on
            outcomes_once.outcome in (asked_metrics.numerator, asked_metrics.denominator)
            and outcomes_once.occurred_at >= first_exposures.exposed_at - asked_metrics.covariate_length
            and outcomes_once.occurred_at < first_exposures.exposed_at + asked_metrics.window_length
),

of_units as (
    select
        place,
        metric,
        sum(value) filter (is_above and is_after) as total,
        sum(value) filter (is_below and is_after) as denominator_total,
        sum(value) filter (is_above and not is_after) as covariate
    from near
    group by place, metric
),

measured as (
    select
        asked_metrics.metric,
        first_exposures.variant,
        cast(first_exposures.exposed_at + asked_metrics.window_length as date) as day,
        first_exposures.complexity,
        first_exposures.tenant_tier,
        first_exposures.topic,
        hour(first_exposures.exposed_at) // 6 * 6 as from_hour,
        case
            when asked_metrics.is_count then cast((coalesce(of_units.total, 0) > 0) as double)
            else coalesce(of_units.total, 0)
        end as x,
        coalesce(of_units.denominator_total, 0) as y,
        coalesce(of_units.covariate, 0) as z
    from first_exposures
    cross join asked_metrics
    left join of_units
        on first_exposures.place = of_units.place and asked_metrics.metric = of_units.metric
    where
        not first_exposures.is_mixed
        and first_exposures.exposed_at + asked_metrics.window_length <= getvariable('log_complete_through')
),

cells as (
    select
        metric,
        variant,
        day,
        complexity,
        tenant_tier,
        topic,
        printf('%02d-%02d h', from_hour, from_hour + 5) as hour,
        count(*) as n,
        sum(x) as x,
        sum(x * x) as xx,
        sum(y) as y,
        sum(y * y) as yy,
        sum(x * y) as xy,
        sum(z) as z,
        sum(z * z) as zz,
        sum(x * z) as xz
    from measured
    group by metric, variant, day, complexity, tenant_tier, topic, from_hour
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
        sum(x) as x,
        sum(xx) as xx,
        sum(y) as y,
        sum(yy) as yy,
        sum(xy) as xy,
        sum(z) as z,
        sum(zz) as zz,
        sum(xz) as xz
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
