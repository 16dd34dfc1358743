-- The numerator by days since the first exposure: how the difference goes on within users. A user whose
-- window has passed counts in each of its whole days, 60 at most; nothing happened is 0.
with

days as (
    select
        asked_metrics.name as metric,
        asked_metrics.numerator,
        asked_metrics.window_us,
        ages.age
    from asked_metrics
    cross join range(0, 60) as ages (age)
    where (ages.age + 1) * 86_400_000_000 <= asked_metrics.window_us
),

counted as (
    select
        days.metric,
        first_exposures.met,
        days.age,
        count(*) as n
    from first_exposures
    cross join days
    where
        not first_exposures.is_mixed
        and first_exposures.exposed_us + days.window_us <= epoch_us(getvariable('log_complete_through'))
    group by all
),

of_user_days as (
    select
        outcomes_near.place,
        days.metric,
        days.age,
        any_value(outcomes_near.met) as met,
        sum(outcomes_near.value) as x
    from outcomes_near
    inner join days
        on
            outcomes_near.outcome = days.numerator
            and outcomes_near.after_us // 86_400_000_000 = days.age
    where
        outcomes_near.after_us >= 0
        and outcomes_near.exposed_us + days.window_us <= epoch_us(getvariable('log_complete_through'))
    group by outcomes_near.place, days.metric, days.age
),

added as (
    select
        metric,
        met,
        age,
        sum(x) as x,
        sum(x * x) as xx
    from of_user_days
    group by metric, met, age
),

final as (
    select
        counted.metric,
        exposure_kinds.variant,
        counted.age,
        cast(sum(counted.n) as bigint) as n,
        coalesce(sum(added.x), 0) as x,
        coalesce(sum(added.xx), 0) as xx
    from counted
    inner join exposure_kinds on counted.met = exposure_kinds.met
    left join added
        on
            counted.metric = added.metric
            and counted.met = added.met
            and counted.age = added.age
    group by counted.metric, exposure_kinds.variant, counted.age
)

select * from final
order by metric, variant, age
