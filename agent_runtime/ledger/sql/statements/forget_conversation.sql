delete from effects
where conversation_id = :conversation_id
