{# the package asks `database.information_schema`, which DuckDB 2.0 no longer has; we read it, dbt-duckdb does not #}
{% macro duckdb__get_tables_by_pattern_sql(schema_pattern, table_pattern, exclude='', database=target.database) %}
{{ dbt_utils.default__get_tables_by_pattern_sql(schema_pattern, table_pattern, exclude, 'system') }}
{% endmacro %}
