update identities set customer_id = customer_id
where tenant_id = :tenant_id and channel = :channel and channel_user = :channel_user
returning customer_id
