-- What the users had of the outcomes asked for before the last window ended, each once by its id. A table,
-- since both readers join it: of a view over files the planner expects one row, and hashes the larger side.
create or replace temp table outcomes_near as
with

outcomes_once as (
    select
        outcome_log.unit,
        outcome_log.outcome,
        outcome_log.value,
        outcome_log.occurred_at
    from outcome_log
    anti join repeated_outcomes on hash(outcome_log.event_id) = repeated_outcomes.event
    where list_contains(getvariable('asked_outcomes'), outcome_log.outcome)
    union all
    select
        unit,
        outcome,
        value,
        occurred_at
    from repeated_outcomes
),

final as (
    select
        first_exposures.place,
        first_exposures.met,
        first_exposures.exposed_us,
        list_position(getvariable('asked_outcomes'), outcomes_once.outcome) as outcome,
        outcomes_once.value,
        epoch_us(outcomes_once.occurred_at) - first_exposures.exposed_us as after_us
    from outcomes_once
    inner join first_exposures on outcomes_once.unit = first_exposures.unit
    where not first_exposures.is_mixed
)

select * from final
