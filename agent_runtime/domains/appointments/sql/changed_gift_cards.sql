select
    number,
    customer_id,
    amount_cents,
    recipient
from gift_cards
where conversation_id = :conversation_id
order by number
