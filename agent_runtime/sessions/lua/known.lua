-- Whether a session is kept.
-- ARGV: prefix, session
return redis.call('EXISTS', ARGV[1] .. 'session:' .. ARGV[2])
