-- Finds the customer's open session or opens one, and takes the next place in its queue.
insert into sessions (session_id, tenant_id, customer_id, last_seq)
values (:session_id, :tenant_id, :customer_id, 1)
on conflict (tenant_id, customer_id) where closed = 0 do update set last_seq = sessions.last_seq + 1
returning session_id, last_seq
