insert into documents (conversation_id, kind, id, position, body, email, name_zip)
select
    :conversation_id as conversation_id,
    kind,
    id,
    position,
    :body as body,
    :email as email,
    :name_zip as name_zip
from documents
where conversation_id = '' and kind = :kind and id = :id
on conflict (conversation_id, kind, id)
do update set body = excluded.body, email = excluded.email, name_zip = excluded.name_zip
