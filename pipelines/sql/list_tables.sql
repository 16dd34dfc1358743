select
    schema_name as layer,
    view_name as name,
    column_count as columns
from duckdb_views()
where schema_name in ('bronze', 'silver', 'gold', 'ops')
order by list_position(['bronze', 'silver', 'gold', 'ops'], schema_name), view_name
