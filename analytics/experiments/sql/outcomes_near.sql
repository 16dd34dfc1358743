-- What the users had of the outcomes asked for before the last window ended, each once by its id.
create or replace temp view outcomes_near as
with

outcomes_once as (
    select
        unit,
        outcome,
        value,
        occurred_at
    from outcome_log
    anti join repeated_outcomes on hash(outcome_log.event_id) = repeated_outcomes.event
    union all
    select
        any_value(unit) as unit,
        any_value(outcome) as outcome,
        any_value(value) as value,
        min(occurred_at) as occurred_at
    from outcome_log
    semi join repeated_outcomes on hash(outcome_log.event_id) = repeated_outcomes.event
    group by event_id
),

final as (
    select
        first_exposures.place,
        first_exposures.met,
        first_exposures.exposed_us,
        asked_outcomes.number as outcome,
        outcomes_once.value,
        epoch_us(outcomes_once.occurred_at) - first_exposures.exposed_us as after_us
    from outcomes_once
    inner join asked_outcomes on outcomes_once.outcome = asked_outcomes.outcome
    inner join first_exposures on outcomes_once.unit = first_exposures.unit
    where not first_exposures.is_mixed
)

select * from final
