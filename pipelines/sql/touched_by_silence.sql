-- Open conversations of which nothing came for so long that the outcome rule ends them.
insert into touched
select
    before.tenant_id,
    before.conversation_id,
    before.started_at as first_at,
    before.last_event_at as last_at
from conversations_before as before
anti join touched
    on
        before.tenant_id = touched.tenant_id
        and before.conversation_id = touched.conversation_id
where
    before.outcome is null
    and before.data_through < getvariable('watermark') - interval 24 hours
