-- The rows of one week {more} times more, under other ids.
select one.* replace (one.conversation_id || '~' || copy.range as conversation_id)
from one
cross join range(1, {more} + 1) as copy
where one.started_at >= '{since}'::timestamptz and one.started_at < '{since}'::timestamptz + interval 1 week
