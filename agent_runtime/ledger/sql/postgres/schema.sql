create table if not exists effects (
    conversation_id text not null,
    place bigint generated always as identity, -- order of first records
    idempotency_key text primary key,
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
    left_ns bigint not null
);

create index if not exists effects_of_conversation on effects (conversation_id, place);
create index if not exists effects_unsettled on effects (left_ns)
where state in ('attempted', 'unknown');
create index if not exists effects_left on effects (left_ns);
