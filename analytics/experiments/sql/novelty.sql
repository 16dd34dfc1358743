-- The numerator by days since the first exposure: how the difference goes on within users.
-- A user of whom a whole such day is known counts in it; nothing happened is 0.
with

outcomes_once as (
    select
        event_id,
        any_value(unit) as unit,
        any_value(outcome) as outcome,
        any_value(value) as value,
        min(occurred_at) as occurred_at
    from outcome_log
    group by event_id
),

user_days as (
    select
        asked_metrics.metric,
        first_exposures.variant,
        first_exposures.unit,
        days.age,
        first_exposures.exposed_at + to_days(days.age) as begins
    from first_exposures
    cross join asked_metrics
    cross join range(0, 60) as days (age)
    where
        not first_exposures.is_mixed
        and to_days(days.age + 1) <= asked_metrics.window_length
        and first_exposures.exposed_at + asked_metrics.window_length <= getvariable('log_complete_through')
),

of_user_days as (
    select
        user_days.metric,
        user_days.variant,
        user_days.age,
        coalesce(sum(outcomes_once.value), 0) as x
    from user_days
    inner join asked_metrics on user_days.metric = asked_metrics.metric
    left join outcomes_once
        on
            user_days.unit = outcomes_once.unit
            and asked_metrics.numerator = outcomes_once.outcome
            and user_days.begins <= outcomes_once.occurred_at
            and outcomes_once.occurred_at < user_days.begins + to_days(1)
    group by user_days.metric, user_days.variant, user_days.unit, user_days.age
),

final as (
    select
        metric,
        variant,
        age,
        count(*) as n,
        sum(x) as x,
        sum(x * x) as xx
    from of_user_days
    group by metric, variant, age
)

select * from final
order by metric, variant, age
