{# Tells Dagster the columns of a model and of what it reads, as JSON in the log: its page then shows
   them with the lineage of each. In this process, because the views of a build live in its memory. #}
{% macro log_columns() -%}
  {%- if execute and model.resource_type == 'model' -%}
    {%- set told = {'relation_name': this | string, 'columns': columns_of(this), 'parents': {}} -%}
    {%- for parent_id in model.depends_on.nodes -%}
      {%- set parent = graph.nodes.get(parent_id) or graph.sources.get(parent_id) -%}
      {%- set relation = api.Relation.create(
          database=parent.database, schema=parent.schema, identifier=parent.identifier or parent.alias
      ) -%}
      {%- do told['parents'].update({parent.relation_name: {'columns': columns_of(relation)}}) -%}
    {%- endfor -%}
    {%- do log(tojson(told), info=true) -%}
  {%- endif -%}
{%- endmacro %}

{% macro columns_of(relation) -%}
  {%- set columns = {} -%}
  {%- for column in adapter.get_columns_in_relation(relation) -%}
    {%- do columns.update({column.name: {'data_type': column.data_type}}) -%}
  {%- endfor -%}
  {{ return(columns) }}
{%- endmacro %}
