update charges
set status = 'refunded'
where conversation_id = :conversation_id and number = :number
returning amount_cents
