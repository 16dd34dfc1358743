-- Counted before the turn begins: one that kills its process is known by that.
update messages set attempts = attempts + 1
where session_id = :session_id and seq = :seq
returning tenant_id, channel, channel_user, message_id, text, received_ns, attempts
