-- The partitions (day and tenant) in which rebuilt conversations have other rows than the table has.
create or replace temp table changed_partitions as
with existing as (
    select rows_in_reach.*
    from rows_in_reach
    semi join rebuilt_conversations
        on
            rows_in_reach.tenant_id = rebuilt_conversations.tenant_id
            and rows_in_reach.conversation_id = rebuilt_conversations.conversation_id
),

appeared as (
    select * from fresh_rows
    except all
    select * from existing
),

gone as (
    select * from existing
    except all
    select * from fresh_rows
),

differing as (
    select
        started_at,
        tenant_id
    from appeared
    union all
    select
        started_at,
        tenant_id
    from gone
)

select distinct
    started_at::date as day,
    tenant_id
from differing
