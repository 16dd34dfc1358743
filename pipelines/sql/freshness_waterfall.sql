-- How long every hop took, as histograms by hop and hour of the hand-over. Of hours before
-- waterfall_since, and where files were rewritten since and so have lost their commit, the
-- histogram that was measured before stays.
with receipts as (
    select
        topic,
        kafka_partition,
        kafka_offset,
        min(acked_at) as acked_at
    from bronze.delivery_receipts
    where broker_time >= getvariable('waterfall_since')
    group by topic, kafka_partition, kafka_offset
),

streamed as (
    select
        silver.event_time,
        silver.broker_time,
        silver.ingested_at,
        silver.committed_at as silver_at,
        receipts.acked_at,
        bronze.committed_at as bronze_at
    from waterfall_silver as silver
    left join receipts
        on
            silver.topic = receipts.topic
            and silver.kafka_partition = receipts.kafka_partition
            and silver.kafka_offset = receipts.kafka_offset
    left join waterfall_bronze as bronze
        on
            silver.topic = bronze.topic
            and silver.kafka_partition = bronze.kafka_partition
            and silver.kafka_offset = bronze.kafka_offset
    where silver.broker_time >= getvariable('waterfall_since')
),

-- builds that brought nothing new know no more than the first that knew as much
conversation_reaches as (
    select
        through,
        min(committed_at) as committed_at
    from conversation_builds
    group by through
),

gold_reaches as (
    select
        through,
        min(committed_at) as committed_at
    from gold_builds
    group by through
),

-- a build has an event that was in silver when it ended and that is not newer than all it knows.
rebuilt as (
    select
        streamed.*,
        case
            when later.committed_at is not null and further.committed_at is not null
                then greatest(later.committed_at, further.committed_at)
        end as conversations_at
    from streamed
    asof left join conversation_builds as later
        on streamed.silver_at <= later.committed_at
    asof left join conversation_reaches as further
        on streamed.broker_time <= further.through
),

served as (
    select
        rebuilt.*,
        case
            when later.committed_at is not null and further.committed_at is not null
                then greatest(later.committed_at, further.committed_at)
        end as gold_at
    from rebuilt
    asof left join gold_builds as later
        on rebuilt.conversations_at <= later.committed_at
    asof left join gold_reaches as further
        on rebuilt.broker_time <= further.through
),

durations as (
    select
        date_trunc('hour', broker_time) as hour,
        epoch(broker_time) - epoch(event_time) as event_to_hand_over,
        epoch(acked_at) - epoch(broker_time) as hand_over_to_ack,
        epoch(ingested_at) - epoch(broker_time) as hand_over_to_stream,
        epoch(bronze_at) - epoch(ingested_at) as stream_to_bronze,
        epoch(silver_at) - epoch(ingested_at) as stream_to_silver,
        epoch(conversations_at) - epoch(silver_at) as silver_to_conversations,
        epoch(gold_at) - epoch(conversations_at) as conversations_to_gold,
        epoch(gold_at) - epoch(broker_time) as hand_over_to_gold
    from served
),

hops as (
    unpivot durations
    on columns(* exclude (hour))
    into name hop value seconds
),

measured as (
    select
        hops.hop,
        hops.hour,
        buckets.over_s,
        buckets.up_to_s,
        count(*) as events
    from hops
    asof inner join buckets
        on hops.seconds > buckets.over_s
    group by hops.hop, hops.hour, buckets.over_s, buckets.up_to_s
),

known_before as (
    select
        hop,
        hour,
        coalesce(over_s, '-infinity'::double) as over_s,
        up_to_s,
        events
    from gold.freshness_waterfall
),

-- of two measures of an hour the one that saw more events
told as (
    select
        *,
        true as is_new,
        sum(events) over (partition by hop, hour) as seen
    from measured
    union all
    select
        *,
        false as is_new,
        sum(events) over (partition by hop, hour) as seen
    from known_before
),

final as (
    select
        told.hop,
        hop_order.place,
        told.hour,
        nullif(told.over_s, '-infinity'::double) as over_s,
        told.up_to_s,
        told.events,
        getvariable('measured_at') as measured_at
    from told
    inner join hop_order on told.hop = hop_order.hop
    qualify
        dense_rank() over (
            partition by told.hop, told.hour
            order by told.seen desc, told.is_new desc
        ) = 1
)

select * from final
order by hour, place, up_to_s
