create table if not exists customers (
    id text primary key,
    email text not null unique,
    name text not null
) strict, without rowid;

create table if not exists slots (
    id text primary key,
    service text not null,
    starts_at text not null, -- ISO 8601
    price_cents integer not null
) strict, without rowid;

-- Nothing here keeps a second booking, charge or card from being written: that is the runtime's to see to.
create table if not exists bookings (
    conversation_id text not null,
    number integer not null, -- which booking of the conversation, from 1
    customer_id text not null,
    slot_id text not null,
    status text not null check (status in ('booked', 'released')),
    primary key (conversation_id, number)
) strict, without rowid;

create table if not exists charges (
    conversation_id text not null,
    number integer not null,
    customer_id text not null,
    amount_cents integer not null,
    status text not null check (status in ('charged', 'refunded')),
    idempotency_key text, -- null where the caller gave none
    primary key (conversation_id, number)
) strict, without rowid;

create table if not exists gift_cards (
    conversation_id text not null,
    number integer not null,
    customer_id text not null,
    amount_cents integer not null,
    recipient text not null,
    reference text not null, -- the caller's, not unique
    primary key (conversation_id, number)
) strict, without rowid;
