{# The columns together identify a row. #}
{% test unique_together(model, columns) %}
select
    {{ columns | join(',\n    ') }},
    count(*) as row_count
from {{ model }}
group by all
having count(*) > 1
{% endtest %}
