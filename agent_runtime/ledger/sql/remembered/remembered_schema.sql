create table if not exists remembered_effects (
    scope text not null, -- whose effect it is, such as the conversation
    idempotency_key text not null,
    answer text not null,
    primary key (scope, idempotency_key)
) strict, without rowid;
