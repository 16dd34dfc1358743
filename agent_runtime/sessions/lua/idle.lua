-- Sessions with nothing unanswered and no message since a time: the longest idle first.
-- ARGV: prefix, idle in microseconds, skip, limit
local prefix, skip, limit = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local before = string.format('%d', time[1] * 1000000 + time[2] - ARGV[2])
local found = {}
for _, session_id in ipairs(redis.call('ZRANGEBYSCORE', prefix .. 'received', '-inf', '(' .. before)) do
    if not redis.call('ZSCORE', prefix .. 'unanswered', session_id) then
        if skip > 0 then
            skip = skip - 1
        else
            found[#found + 1] = session_id
            if #found == limit then break end
        end
    end
end
return found
