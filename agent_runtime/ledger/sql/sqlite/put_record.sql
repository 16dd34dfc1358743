insert into effects (
    conversation_id,
    place,
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
select
    :conversation_id as conversation_id,
    coalesce(max(place), 0) + 1 as place,
    :key as idempotency_key,
    :turn as turn,
    :occurrence as occurrence,
    :tool as tool,
    :arguments as arguments,
    :call as call,
    :state as state,
    :attempts as attempts,
    :answer as answer,
    :asked_turn as asked_turn,
    :undone as undone,
    :left_ns as left_ns
from effects
where conversation_id = :conversation_id
on conflict (idempotency_key)
do update set
    state = excluded.state,
    attempts = excluded.attempts,
    answer = excluded.answer,
    asked_turn = excluded.asked_turn,
    undone = excluded.undone,
    left_ns = excluded.left_ns
