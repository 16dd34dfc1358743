-- The first binding stays; the row is locked, so that one sender's messages are taken one by one.
insert into identities (tenant_id, channel, channel_user, customer_id)
values (:tenant_id, :channel, :channel_user, :customer_id)
on conflict (tenant_id, channel, channel_user) do update set customer_id = identities.customer_id
returning customer_id
