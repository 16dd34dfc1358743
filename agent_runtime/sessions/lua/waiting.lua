-- Sessions with unanswered messages and no writer.
-- ARGV: prefix, limit
local time = redis.call('TIME')
local now = string.format('%d', time[1] * 1000000 + time[2])
return redis.call('ZRANGEBYSCORE', ARGV[1] .. 'unanswered', '-inf', now, 'LIMIT', 0, ARGV[2])
