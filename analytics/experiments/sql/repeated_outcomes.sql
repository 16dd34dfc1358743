-- Outcomes asked for whose id came more than once, each once. To look for them first, by 64 bits of their
-- ids, is cheaper than to group everything by id where hardly any id comes twice; an id that only shares
-- its bits with another one is found here as well, and kept.
create or replace temp table repeated_outcomes as
with

asked as not materialized (
    select
        *,
        hash(event_id) as event
    from outcome_log
    where list_contains(getvariable('asked_outcomes'), outcome)
),

repeated as (
    select event
    from asked
    group by event
    having count(*) > 1
)

select
    any_value(asked.event) as event,
    any_value(asked.unit) as unit,
    any_value(asked.outcome) as outcome,
    any_value(asked.value) as value,
    min(asked.occurred_at) as occurred_at
from asked
semi join repeated on asked.event = repeated.event
group by asked.event_id
