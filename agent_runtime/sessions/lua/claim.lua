-- Becomes the session's writer and begins its next turn.
-- ARGV: prefix, session, owner, lease in microseconds
local prefix, session_id = ARGV[1], ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local lease_until = redis.call('ZSCORE', prefix .. 'unanswered', session_id)
if not lease_until or tonumber(lease_until) > now then return false end
redis.call('ZADD', prefix .. 'unanswered', now + ARGV[4], session_id)
local session = prefix .. 'session:' .. session_id
local token = redis.call('HINCRBY', session, 'token', 1)
redis.call('HSET', session, 'owner', ARGV[3])
local held = redis.call('HMGET', session, 'answered_seq', 'customer', 'state')
local seq = tonumber(held[1] or 0) + 1
local message = prefix .. 'message:' .. session_id .. '/' .. seq
-- Counted before the turn begins: one that kills its process is known by that.
local attempt = redis.call('HINCRBY', message, 'attempts', 1)
local told = redis.call('HMGET', message, 'tenant', 'channel', 'user', 'message_id', 'text', 'received_ns')
return {seq, token, attempt, held[2], held[3] or '', told}
