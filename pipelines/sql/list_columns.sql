select distinct column_name
from duckdb_columns()
where schema_name in ('bronze', 'silver', 'gold', 'ops')
order by column_name
