select
    session_id,
    seq,
    answer,
    failed
from messages
where
    tenant_id = :tenant_id
    and channel = :channel
    and channel_user = :channel_user
    and message_id = :message_id
