select
    number,
    customer_id,
    slot_id,
    status
from bookings
where conversation_id = :conversation_id
order by number
