select
    kind,
    id,
    body
from documents
where conversation_id = :conversation_id
