select number
from charges
where conversation_id = :conversation_id and idempotency_key = :key
