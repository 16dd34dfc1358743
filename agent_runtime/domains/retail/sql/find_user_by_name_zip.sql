select found.id
from documents as found
where
    found.name_zip = :name_zip
    and found.kind = 'users'
    and found.conversation_id in ('', :conversation_id)
    and (
        found.conversation_id <> ''
        or not exists (
            select 1
            from documents as own
            where own.conversation_id = :conversation_id and own.kind = 'users' and own.id = found.id
        )
    )
order by found.position
limit 1
