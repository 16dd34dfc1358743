-- Seconds from the hand-over of a row to the commit that first showed it.
with measured as (
    select epoch(files.committed_at) - epoch(data.{handed_over}) as seconds
    from read_parquet({source}, filename = true) as data
    inner join added_files as files on data.filename = files.path
    where data.{handed_over} > files.seen_through
)

select
    count(*) as row_count,
    quantile_cont(seconds, 0.5) as p50_s,
    quantile_cont(seconds, 0.99) as p99_s,
    max(seconds) as max_s
from measured
