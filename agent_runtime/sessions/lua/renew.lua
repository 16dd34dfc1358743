-- Prolongs the lease of a turn, or ends it where the lease is 0.
-- ARGV: prefix, session, token, seq, lease in microseconds
local prefix, session_id = ARGV[1], ARGV[2]
local session = prefix .. 'session:' .. session_id
local held = redis.call('HMGET', session, 'token', 'answered_seq')
if held[1] ~= ARGV[3] or tonumber(held[2] or 0) ~= tonumber(ARGV[4]) - 1 then return 0 end
local lease, time = tonumber(ARGV[5]), redis.call('TIME')
if lease == 0 then
    redis.call('HDEL', session, 'owner')
    redis.call('ZADD', prefix .. 'unanswered', 'XX', 0, session_id)
else
    redis.call('ZADD', prefix .. 'unanswered', 'XX', time[1] * 1000000 + time[2] + lease, session_id)
end
return 1
