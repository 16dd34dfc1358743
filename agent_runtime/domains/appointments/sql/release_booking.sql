update bookings
set status = 'released'
where conversation_id = :conversation_id and number = :number
returning slot_id
