-- How a conversation ended. Change the version with the rule: every row is then judged anew.
--
-- Version 1:
-- 1. A hand-over is an escalation, whatever was told afterwards, unless a failure was told.
-- 2. Else what the runtime told; a value that the contract does not know is `unknown`.
-- 3. Else the customer abandoned it, once nothing came for 24 hours by the clock of the hand-overs.
-- 4. Else it still runs: null.
create or replace temp table judged_conversations as
select
    *,
    case
        when handed_over and coalesce(outcome_told, 'resolved') in ('resolved', 'abandoned')
            then 'escalated'
        when outcome_told in ('resolved', 'escalated', 'abandoned', 'failed')
            then outcome_told
        when outcome_told is not null
            then 'unknown'
        when data_through < getvariable('watermark') - interval 24 hours
            then 'abandoned'
    end as outcome,
    1 as outcome_rule
from told_conversations
