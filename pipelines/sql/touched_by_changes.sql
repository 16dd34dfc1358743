-- Conversations whose events came or went between two snapshots, and when those events were.
-- A row that was only written again, as by a compaction, is neither.
create or replace temp table touched as
with appeared as (
    select * from added_events
    except all
    select * from removed_events
),

gone as (
    select * from removed_events
    except all
    select * from added_events
),

moved as (
    select * from appeared
    union all
    select * from gone
)

select
    tenant_id,
    conversation_id,
    min(event_time) as first_at,
    max(event_time) as last_at
from moved
where event_type <> 'events_dropped'
group by tenant_id, conversation_id
