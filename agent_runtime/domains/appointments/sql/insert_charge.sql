insert into charges (conversation_id, number, customer_id, amount_cents, status, idempotency_key)
select
    :conversation_id as conversation_id,
    count(*) + 1 as number,
    :customer_id as customer_id,
    :amount_cents as amount_cents,
    'charged' as status,
    :key as idempotency_key
from charges
where conversation_id = :conversation_id
returning number
