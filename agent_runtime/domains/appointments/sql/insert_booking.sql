insert into bookings (conversation_id, number, customer_id, slot_id, status)
select
    :conversation_id as conversation_id,
    count(*) + 1 as number,
    :customer_id as customer_id,
    :slot_id as slot_id,
    'booked' as status
from bookings
where conversation_id = :conversation_id
returning number
