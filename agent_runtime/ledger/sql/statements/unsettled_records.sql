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
    left_ns
from effects
where state in ('attempted', 'unknown') and left_ns < :left_before_ns
order by left_ns
