-- How long rows took to each table, in the order of the layers.
select
    table_name,
    p50_s,
    p99_s,
    target_s
from ops.freshness
where p99_s is not null
order by
    list_position(['bronze', 'silver', 'gold', 'ops'], split_part(table_name, '.', 1)),
    p99_s
