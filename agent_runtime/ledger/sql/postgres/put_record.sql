insert into effects (
    conversation_id,
    idempotency_key,
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
)
values (
    :conversation_id,
    :key,
    :turn,
    :occurrence,
    :tool,
    :arguments,
    :call,
    :state,
    :attempts,
    :answer,
    :asked_turn,
    :undone,
    :left_ns
)
on conflict (idempotency_key)
do update set
    state = excluded.state,
    attempts = excluded.attempts,
    answer = excluded.answer,
    asked_turn = excluded.asked_turn,
    undone = excluded.undone,
    left_ns = excluded.left_ns
