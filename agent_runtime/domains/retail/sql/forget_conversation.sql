delete from documents
where conversation_id = :conversation_id
