-- Hashes of ids that outcomes asked for have in common: of one event that came again, as a rule. To look
-- for them first is cheaper than to group everything by id where hardly any id comes twice.
create or replace temp table repeated_outcomes as
select hash(event_id) as event
from outcome_log
where outcome in (select asked_outcomes.outcome from asked_outcomes)
group by 1
having count(*) > 1
