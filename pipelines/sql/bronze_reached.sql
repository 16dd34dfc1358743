-- The offset after the last record of a topic in bronze, by partition.
select
    kafka_partition,
    max(kafka_offset) + 1 as reached
from bronze.events
where topic = $1
group by kafka_partition
