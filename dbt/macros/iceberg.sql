{# Computes the model in DuckDB and hands it to the lake plugin, which writes one Iceberg commit. #}
{% materialization iceberg, adapter='duckdb', supported_languages=['sql'] %}
  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set computed = make_intermediate_relation(this.incorporate(type='table'), suffix='__dbt_tmp') -%}

  {{ drop_relation_if_exists(computed) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% call statement('main') -%}
    {{ create_table_as(False, computed, sql) }}
  {%- endcall %}
  {%- set columns = adapter.get_columns_in_relation(computed) -%}
  {% do adapter.commit() %}

  {% do adapter.store_relation('lake', target_relation, columns, computed | string, 'duckdb', config) %}

  {{ drop_relation_if_exists(computed) }}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {% do adapter.commit() %}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
