-- Forgets a session and its messages, where it is idle still.
-- ARGV: prefix, session, idle in microseconds
local prefix, session_id = ARGV[1], ARGV[2]
local received = redis.call('ZSCORE', prefix .. 'received', session_id)
local time = redis.call('TIME')
local before = time[1] * 1000000 + time[2] - ARGV[3]
if not received or tonumber(received) >= before then return 0 end
if redis.call('ZSCORE', prefix .. 'unanswered', session_id) then return 0 end
local session = prefix .. 'session:' .. session_id
local held = redis.call('HMGET', session, 'last_seq', 'open_key')
for seq = 1, tonumber(held[1]) do
    local message = prefix .. 'message:' .. session_id .. '/' .. seq
    local told = redis.call('HMGET', message, 'tenant', 'channel', 'user', 'message_id')
    local sender = cjson.encode({told[1], told[2], told[3]})
    redis.call('HDEL', prefix .. 'seen:' .. sender, told[4])
    redis.call('DEL', message)
end
if redis.call('HGET', prefix .. 'open', held[2]) == session_id then redis.call('HDEL', prefix .. 'open', held[2]) end
redis.call('DEL', session)
redis.call('ZREM', prefix .. 'received', session_id)
return 1
