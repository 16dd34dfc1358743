create table if not exists effects (
    conversation_id text not null,
    place integer not null, -- order of first records in the conversation, from 1
    idempotency_key text not null unique,
    turn integer not null,
    occurrence integer not null,
    tool text not null,
    arguments text not null, -- what makes it this effect, canonical JSON
    call text not null, -- all arguments, JSON
    state text not null check (state in ('attempted', 'succeeded', 'failed', 'unknown')),
    attempts integer not null,
    answer text not null,
    asked_turn integer,
    undone integer not null, -- 1 where it was taken back
    left_ns integer not null,
    primary key (conversation_id, place)
) strict, without rowid;

create index if not exists effects_left on effects (left_ns);
create index if not exists effects_unsettled on effects (left_ns)
where state in ('attempted', 'unknown');
