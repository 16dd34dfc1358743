-- The tables of gold.
select schema_name || '.' || view_name as table_name
from duckdb_views()
where schema_name = 'gold'
order by table_name
