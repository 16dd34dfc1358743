-- Replays that bronze has and the ledger lacks: their process died before it noted them.
with replays as (
    select
        topic as replay_topic,
        kafka_partition as replay_partition,
        kafka_offset as replay_offset,
        broker_time as replay_broker_time,
        event_id,
        string_split(headers ->> 'ce_replayof', '/') as letter_place,
        headers ->> 'ce_replayrepair' as repair
    from bronze.events
    where headers ->> 'ce_replayof' is not null
),

final as (
    select
        letter_place[1] as topic,
        letter_place[2]::integer as kafka_partition,
        letter_place[3]::bigint as kafka_offset,
        replay_topic,
        replay_partition,
        replay_offset,
        event_id,
        repair,
        replay_broker_time as replayed_at
    from replays
    where
        len(letter_place) = 3
        and try_cast(letter_place[2] as integer) is not null
        and try_cast(letter_place[3] as bigint) is not null
)

select final.*
from final
left join ops.dead_letter_replays as noted
    on
        final.replay_topic = noted.replay_topic
        and final.replay_partition = noted.replay_partition
        and final.replay_offset = noted.replay_offset
where noted.replay_topic is null
