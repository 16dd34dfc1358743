-- One table for the shared shop and for what each conversation changed.
create table if not exists documents (
    conversation_id text not null, -- '' is the shared shop
    kind text not null check (kind in ('orders', 'products', 'users')),
    id text not null,
    position integer not null, -- place in the source: the first of several matches wins
    body text not null, -- JSON, key order as written
    email text, -- users only
    name_zip text, -- users only: lower-cased first and last name, zip
    primary key (conversation_id, kind, id)
) strict, without rowid;

create index if not exists documents_by_email on documents (email)
where email is not null;
create index if not exists documents_by_name_zip on documents (name_zip)
where name_zip is not null;

create table if not exists shop (digest text not null) strict;

create trigger if not exists shop_is_not_updated before update on documents
when old.conversation_id = ''
begin
    select raise(abort, 'the shared shop is immutable: write under a conversation');
end;

create trigger if not exists shop_is_not_deleted before delete on documents
when old.conversation_id = ''
begin
    select raise(abort, 'the shared shop is immutable: write under a conversation');
end;
