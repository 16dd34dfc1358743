-- Keeps the answer and the state, and begins the next turn or gives the session back.
-- ARGV: prefix, session, token, seq, answer, failed, state, closes, lease in microseconds
local prefix, session_id, token, seq = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local session = prefix .. 'session:' .. session_id
local held = redis.call('HMGET', session, 'token', 'answered_seq', 'last_seq', 'customer', 'open_key')
if held[1] ~= token or tonumber(held[2] or 0) ~= seq - 1 then return {0} end
redis.call('HSET', prefix .. 'message:' .. session_id .. '/' .. seq, 'answer', ARGV[5], 'failed', ARGV[6])
redis.call('HSET', session, 'answered_seq', seq, 'state', ARGV[7])
if tonumber(held[3]) == seq then
    redis.call('ZREM', prefix .. 'unanswered', session_id)
    redis.call('HDEL', session, 'owner')
    if ARGV[8] == '1' then redis.call('HDEL', prefix .. 'open', held[5]) end
    return {1}
end
local time = redis.call('TIME')
redis.call('ZADD', prefix .. 'unanswered', time[1] * 1000000 + time[2] + ARGV[9], session_id)
local message = prefix .. 'message:' .. session_id .. '/' .. (seq + 1)
local attempt = redis.call('HINCRBY', message, 'attempts', 1)
local told = redis.call('HMGET', message, 'tenant', 'channel', 'user', 'message_id', 'text', 'received_ns')
return {2, attempt, told}
