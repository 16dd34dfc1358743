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
where conversation_id = :conversation_id
order by place
