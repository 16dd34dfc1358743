-- Other conversations of these customers that a touched one may follow, or be followed by.
create or replace temp table neighbours as
select before.*
from conversations_near as before
inner join returning_customers as customers
    on
        before.tenant_id = customers.tenant_id
        and before.customer_key = customers.customer_key
        and before.last_contact_at >= customers.since
anti join touched
    on
        before.tenant_id = touched.tenant_id
        and before.conversation_id = touched.conversation_id
