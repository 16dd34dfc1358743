select
    id as slot_id,
    starts_at,
    price_cents
from slots
where service = :service
order by starts_at, id
