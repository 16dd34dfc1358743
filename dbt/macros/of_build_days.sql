{# The rows of the days that this build is for, by a time column; the bounds let files be skipped. #}
{% macro of_build_days(column) -%}
{%- if not execute -%}
true
{%- else -%}
{%- set scope = run_query("select whole, (select count(*) from main.build_days) from main.build_scope").rows[0] -%}
{%- if scope[0] -%}
true
{%- elif scope[1] == 0 -%}
false
{%- else -%}
{%- set days = run_query("select day::varchar from main.build_days order by day").columns[0].values() -%}
{{ since_build_days(column) }}
and {{ column }} < (date '{{ days[-1] }}' + 1)::timestamptz
and {{ column }}::date in ('{{ days | join("', '") }}')
{%- endif -%}
{%- endif -%}
{%- endmacro %}
