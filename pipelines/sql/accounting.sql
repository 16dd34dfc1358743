-- What became of every record, by its identity: topic, partition, offset and event id.
-- A station holds a prefix of each partition. So a record that it lacks is in flight, and
-- not lost, where the station has nothing beyond it and it is newer than in_flight_since
-- (null where the stream is drained and nothing may be on its way).
with sightings as (
    select
        'receipt' as station,
        topic,
        kafka_partition,
        kafka_offset,
        broker_time,
        event_id
    from bronze.delivery_receipts
    union all
    select
        'bronze' as station,
        topic,
        kafka_partition,
        kafka_offset,
        broker_time,
        event_id
    from bronze.events
    union all
    select
        'silver' as station,
        topic,
        kafka_partition,
        kafka_offset,
        broker_time,
        event_id
    from silver.events
    union all
    select
        'dead_letter' as station,
        topic,
        kafka_partition,
        kafka_offset,
        broker_time,
        null as event_id
    from silver.dead_letters
),

records as (
    select
        topic,
        kafka_partition,
        kafka_offset,
        coalesce(
            min(broker_time) filter (station = 'bronze'),
            min(broker_time)
        ) as broker_time,
        count(*) filter (station = 'receipt') as receipts,
        count(*) filter (station = 'bronze') as bronze,
        count(*) filter (station = 'silver') as silver,
        count(*) filter (station = 'dead_letter') as dead_letters,
        min(event_id) filter (station = 'receipt') as receipt_id,
        min(event_id) filter (station = 'bronze') as bronze_id,
        min(event_id) filter (station = 'silver') as silver_id
    from sightings
    group by topic, kafka_partition, kafka_offset
),

-- silver may hold an event once; the coordinates after its first are one too many each
silver_events as (
    select
        silver_id as event_id,
        min((topic, kafka_partition, kafka_offset)) as first_place
    from records
    where silver > 0
    group by silver_id
),

reached as (
    select
        topic,
        kafka_partition,
        coalesce(max(kafka_offset) filter (receipts > 0), -1) as receipts_to,
        coalesce(max(kafka_offset) filter (bronze > 0), -1) as bronze_to,
        coalesce(max(kafka_offset) filter (silver > 0 or dead_letters > 0), -1) as downstream_to
    from records
    group by topic, kafka_partition
),

previous as (
    select
        topic,
        kafka_partition,
        kafka_offset,
        kafka_offset - coalesce(
            lag(kafka_offset) over (partition by topic, kafka_partition order by kafka_offset),
            kafka_offset - 1
        ) - 1 as offset_gap
    from records
    where bronze > 0
),

judged as (
    select
        records.*,
        coalesce(previous.offset_gap, 0) as offset_gap,
        coalesce(records.broker_time >= getvariable('in_flight_since'), false) as is_new,
        records.kafka_offset > reached.receipts_to as beyond_receipts,
        records.kafka_offset > reached.bronze_to as beyond_bronze,
        records.kafka_offset > reached.downstream_to as beyond_downstream,
        case
            when records.bronze = 0 then null
            when records.dead_letters > 0 then 'dead_letter'
            when records.silver > 0 and records.silver_id = records.bronze_id then 'silver'
            when records.silver = 0 and silver_of_id.event_id is not null then 'duplicate'
            else 'missing'
        end as fate,
        records.bronze = 0
        or (records.receipts > 0 and coalesce(records.receipt_id <> records.bronze_id, true))
            as missing_in_bronze,
        greatest(records.receipts - 1, 0)
        + greatest(records.bronze - 1, 0)
        + greatest(records.silver - 1, 0)
        + greatest(records.dead_letters - 1, 0)
        + (records.silver > 0 and records.dead_letters > 0)::int
        + (
            records.silver > 0
            and (records.topic, records.kafka_partition, records.kafka_offset) <> own_silver.first_place
        )::int as surplus
    from records
    inner join reached
        on
            records.topic = reached.topic
            and records.kafka_partition = reached.kafka_partition
    left join previous
        on
            records.topic = previous.topic
            and records.kafka_partition = previous.kafka_partition
            and records.kafka_offset = previous.kafka_offset
    left join silver_events as silver_of_id on records.bronze_id = silver_of_id.event_id
    left join silver_events as own_silver on records.silver_id = own_silver.event_id
),

flagged as (
    select
        *,
        missing_in_bronze and not (is_new and beyond_bronze) as lost_before,
        coalesce(fate = 'missing', false) and not (is_new and beyond_downstream) as lost_after,
        bronze > 0 and receipts = 0 and not (is_new and beyond_receipts) as without_receipt
    from judged
),

counted as (
    select
        topic,
        kafka_partition,
        date_trunc('hour', broker_time) as hour,
        count(*) filter (receipts > 0) as acked,
        count(*) filter (bronze > 0) as bronze,
        count(*) filter (fate = 'silver') as silver,
        count(*) filter (fate = 'duplicate') as duplicates,
        count(*) filter (fate = 'dead_letter') as dead_letters,
        count(*) filter (without_receipt) as unacked,
        count(*) filter (lost_before) as lost_before_bronze,
        count(*) filter (lost_after) as lost_after_bronze,
        count(*) filter (lost_before or lost_after) as lost,
        sum(surplus) as doubled,
        sum(offset_gap) as offset_gaps,
        count(*) filter (
            (missing_in_bronze and not lost_before)
            or (fate = 'missing' and not lost_after)
            or (bronze > 0 and receipts = 0 and not without_receipt)
        ) as in_flight
    from flagged
    group by topic, kafka_partition, hour
),

final as (
    select
        *,
        lost = 0 and doubled = 0 and offset_gaps = 0 and unacked = 0 as balanced,
        getvariable('accounted_at') as accounted_at
    from counted
)

select * from final
order by topic, kafka_partition, hour
