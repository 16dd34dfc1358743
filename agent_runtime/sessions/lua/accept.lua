-- Queues a message: channel user to customer to open session, in one step.
-- ARGV: prefix, tenant, channel, channel user, message id, text, customer ('' where not known), new session id
local prefix, tenant, channel, user, message_id = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local text, customer, new_session = ARGV[6], ARGV[7], ARGV[8]
local sender = cjson.encode({tenant, channel, user})
local identities, seen = prefix .. 'identities', prefix .. 'seen:' .. sender

if customer ~= '' then redis.call('HSETNX', identities, sender, customer) end
customer = redis.call('HGET', identities, sender)
if not customer then return false end

local place = redis.call('HGET', seen, message_id)
if place then return {place, 1} end

local open, owner = prefix .. 'open', cjson.encode({tenant, customer})
redis.call('HSETNX', open, owner, new_session)
local session_id = redis.call('HGET', open, owner)
local session = prefix .. 'session:' .. session_id
redis.call('HSETNX', session, 'open_key', owner)
redis.call('HSETNX', session, 'customer', customer)
local seq = redis.call('HINCRBY', session, 'last_seq', 1)
local time = redis.call('TIME')
redis.call(
    'HSET', prefix .. 'message:' .. session_id .. '/' .. seq,
    'tenant', tenant, 'channel', channel, 'user', user, 'message_id', message_id, 'text', text,
    'received_ns', time[1] .. string.format('%06d', time[2]) .. '000'
)
place = session_id .. '/' .. seq
redis.call('HSET', seen, message_id, place)
redis.call('ZADD', prefix .. 'unanswered', 'NX', 0, session_id)
redis.call('ZADD', prefix .. 'received', time[1] * 1000000 + time[2], session_id)
return {place, 0}
