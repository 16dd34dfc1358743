-- Conversations with whether their customer started another one within 24 hours after the last contact.
create or replace temp table fresh_conversations as
with candidates as (
    select * from judged_conversations
    union all by name
    select * exclude (recontacted_within_24h, recontact_at) from neighbours
),

contacts as (
    select
        tenant_id,
        customer_key,
        started_at as came_back_at
    from candidates
    where customer_key is not null
),

followed as (
    select
        candidates.*,
        case
            when contacts.came_back_at <= candidates.last_contact_at + interval 24 hours
                then contacts.came_back_at
        end as recontact_at
    from candidates
    asof left join contacts
        on
            candidates.tenant_id = contacts.tenant_id
            and candidates.customer_key = contacts.customer_key
            and candidates.last_contact_at < contacts.came_back_at
)

select
    *,
    case when customer_key is not null then recontact_at is not null end as recontacted_within_24h
from followed
