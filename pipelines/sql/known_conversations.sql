-- What the table says of touched conversations: when they were, and whose.
create or replace temp table known_conversations as
select
    before.tenant_id,
    before.conversation_id,
    before.customer_key,
    before.started_at,
    before.last_event_at
from conversations_before as before
semi join touched
    on
        before.tenant_id = touched.tenant_id
        and before.conversation_id = touched.conversation_id
