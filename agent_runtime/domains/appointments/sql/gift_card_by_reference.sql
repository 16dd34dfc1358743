select number
from gift_cards
where conversation_id = :conversation_id and reference = :reference
order by number
limit 1
