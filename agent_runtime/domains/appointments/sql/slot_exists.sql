select 1
from slots
where id = :slot_id
