-- Dead letters whose reason contains $1, handed over from $2 on and before $3, that were not
-- replayed yet, oldest first. What the repair $4 made is not given to it again, unless $5 says so.
select
    letters.topic,
    letters.kafka_partition,
    letters.kafka_offset,
    letters.broker_time,
    letters.reason,
    letters.record_key,
    letters.record_value,
    coalesce(letters.headers, '{}') as headers
from silver.dead_letters as letters
left join ops.dead_letter_replays as replayed
    on
        letters.topic = replayed.topic
        and letters.kafka_partition = replayed.kafka_partition
        and letters.kafka_offset = replayed.kafka_offset
left join ops.dead_letter_replays as made_by
    on
        letters.topic = made_by.replay_topic
        and letters.kafka_partition = made_by.replay_partition
        and letters.kafka_offset = made_by.replay_offset
        and made_by.repair = $4
        and not $5
where
    replayed.topic is null
    and made_by.topic is null
    and contains(lower(letters.reason), lower($1))
    and letters.broker_time >= coalesce($2, '-infinity'::timestamptz)
    and letters.broker_time < coalesce($3, 'infinity'::timestamptz)
qualify row_number() over (partition by letters.topic, letters.kafka_partition, letters.kafka_offset) = 1
order by letters.broker_time, letters.topic, letters.kafka_partition, letters.kafka_offset
