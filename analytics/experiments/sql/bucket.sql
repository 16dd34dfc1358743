-- A user's bucket, 0 to 999: the first 32 bits of sha256(salt:user), modulo 1000.
-- The runtime's is agent_runtime/experiments/buckets.py, the stream engine's turnstone.stream.Bucket.
create or replace temp macro bucket(salt, unit) as (
    (('0x' || substr(sha256(salt || ':' || unit), 1, 8))::ubigint % 1000)::integer
)
