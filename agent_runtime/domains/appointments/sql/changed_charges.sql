select
    number,
    customer_id,
    amount_cents,
    status
from charges
where conversation_id = :conversation_id
order by number
