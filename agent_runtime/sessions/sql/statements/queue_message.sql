insert into messages (
    session_id, seq, tenant_id, channel, channel_user, message_id, text, received_ns
)
values (
    :session_id, :seq, :tenant_id, :channel, :channel_user, :message_id, :text, :now_ns
)
