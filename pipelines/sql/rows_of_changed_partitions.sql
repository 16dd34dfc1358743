-- What changed partitions hold from now on: rows of other conversations as they are, rebuilt ones anew.
with kept as (
    select rows_of_partitions.*
    from rows_of_partitions
    anti join rebuilt_conversations
        on
            rows_of_partitions.tenant_id = rebuilt_conversations.tenant_id
            and rows_of_partitions.conversation_id = rebuilt_conversations.conversation_id
),

told as (
    select * from kept
    union all
    select * from fresh_rows
),

final as (
    select told.*
    from told
    semi join changed_partitions
        on
            told.started_at::date = changed_partitions.day
            and told.tenant_id = changed_partitions.tenant_id
)

select * from final
order by started_at::date, tenant_id, started_at, conversation_id
