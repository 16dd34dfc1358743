{# The rows since the first of the days that this build is for, by a time column. #}
{% macro since_build_days(column) -%}
{%- if not execute -%}
true
{%- else -%}
{%- set first = run_query("select (select min(day) from main.build_days)::varchar").rows[0][0] -%}
{%- if first -%} {{ column }} >= date '{{ first }}'::timestamptz {%- else -%} true {%- endif -%}
{%- endif -%}
{%- endmacro %}
