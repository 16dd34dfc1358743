insert into remembered_effects (scope, idempotency_key, answer)
values (:scope, :key, :answer)
