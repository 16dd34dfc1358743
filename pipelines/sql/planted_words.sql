-- Words of canaries in what customers and agents wrote, before names are masked.
with said as (
    select regexp_extract_all(lower(payload), getvariable('stem') || '[a-z]+') as words
    from silver.events
    where
        event_type in ('msg_received', 'response_sent')
        and contains(lower(payload), getvariable('stem'))
),

told as (
    select unnest(words) as word
    from said
)

select distinct word
from told
