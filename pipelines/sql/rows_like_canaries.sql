-- Rows of a table, as JSON objects, in which a canary may stand.
with looked_at as (
    select cast(to_json(read) as varchar) as row_json
    from query_table(getvariable('looked_at')) as read
)

select row_json
from looked_at
where
    contains(lower(row_json), getvariable('stem'))
    or regexp_matches(row_json, getvariable('phone_form'))
