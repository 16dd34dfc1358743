select
    idempotency_key,
    conversation_id,
    turn,
    occurrence,
    tool,
    arguments,
    call,
    state,
    attempts,
    answer,
    asked_turn,
    undone,
    changed_ns
from effects
where state in ('attempted', 'unknown') and changed_ns < :changed_before_ns
order by changed_ns
