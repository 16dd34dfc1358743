select body
from documents
where
    kind = :kind
    and id = :id
    and conversation_id in ('', :conversation_id)
order by conversation_id desc
limit 1
