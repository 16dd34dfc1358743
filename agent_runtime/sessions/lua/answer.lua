-- The answer to a message, with its place.
-- ARGV: prefix, tenant, channel, channel user, message id
local prefix = ARGV[1]
local sender = cjson.encode({ARGV[2], ARGV[3], ARGV[4]})
local place = redis.call('HGET', prefix .. 'seen:' .. sender, ARGV[5])
if not place then return false end
local found = redis.call('HMGET', prefix .. 'message:' .. place, 'answer', 'failed')
if not found[1] then return false end
return {place, found[1], found[2]}
