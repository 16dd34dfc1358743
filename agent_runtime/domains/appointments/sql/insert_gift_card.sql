insert into gift_cards (conversation_id, number, customer_id, amount_cents, recipient, reference)
select
    :conversation_id as conversation_id,
    count(*) + 1 as number,
    :customer_id as customer_id,
    :amount_cents as amount_cents,
    :recipient as recipient,
    :reference as reference
from gift_cards
where conversation_id = :conversation_id
returning number
