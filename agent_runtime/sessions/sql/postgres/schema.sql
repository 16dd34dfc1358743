create table if not exists identities (
    tenant_id text not null,
    channel text not null,
    channel_user text not null,
    customer_id text not null,
    primary key (tenant_id, channel, channel_user)
);

create table if not exists sessions (
    session_id text primary key,
    tenant_id text not null,
    customer_id text not null,
    closed integer not null default 0,
    last_seq bigint not null,
    answered_seq bigint not null default 0,
    token bigint not null default 0, -- fencing: grows with every writer
    owner text,
    lease_until_ns bigint not null default 0,
    state bytea not null default ''
);

create unique index if not exists sessions_open on sessions (tenant_id, customer_id)
where closed = 0;
create index if not exists sessions_unanswered on sessions (lease_until_ns)
where answered_seq < last_seq;

create table if not exists messages (
    session_id text not null references sessions,
    seq bigint not null,
    tenant_id text not null,
    channel text not null,
    channel_user text not null,
    message_id text not null,
    text text not null,
    received_ns bigint not null,
    attempts integer not null default 0,
    answer text,
    failed integer not null default 0,
    primary key (session_id, seq),
    unique (tenant_id, channel, channel_user, message_id)
);

create index if not exists messages_received on messages (received_ns);
