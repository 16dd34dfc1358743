-- Seconds from the hand-over of a row to the commit that first showed it.
with measured as (
    select epoch(added_files.committed_at) - epoch(added_rows.handed_over) as seconds
    from added_rows
    inner join added_files on added_rows.filename = added_files.path
    where added_rows.handed_over > added_files.seen_through
)

select
    count(*) as row_count,
    quantile_cont(seconds, 0.5) as p50_s,
    quantile_cont(seconds, 0.99) as p99_s,
    max(seconds) as max_s
from measured
