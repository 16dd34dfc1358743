select answer
from remembered_effects
where scope = :scope and idempotency_key = :key
