-- A customer rates the first conversation of the first copy, ten days later.
select
    * replace (
        'late-rating' as event_id,
        'feedback_received' as event_type,
        conversation_id || '-0' as conversation_id,
        event_time + interval 10 days as event_time,
        event_time_ns + 864000000000000 as event_time_ns,
        -1 as kafka_offset,
        '{"cx.feedback.rating": 4}' as payload
    )
from one
where event_type = 'conversation_ended'
order by event_time
limit 1
