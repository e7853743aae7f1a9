{# dbt compares doubles digit by digit, so that 0.3 differs from 0.1 + 0.2. `pipeline` compares them to 1e-9, and with #}
{# this macro, which takes the place of dbt's own, dbt does so too. `pipeline` never calls it. #}
{% macro duckdb__get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
    {%- set doubles = [] -%}
    {%- for column in adapter.get_column_schema_from_query(main_sql) if column.dtype in ("DOUBLE", "FLOAT") -%}
        {%- do doubles.append(column.name | lower) -%}
    {%- endfor -%}
    {%- set listed -%}
        {%- for name in expected_column_names -%}
            {%- if name | replace('"', "") | lower in doubles -%} round({{ name }}, 9) as {{ name }}
            {%- else -%} {{ name }}
            {%- endif -%},
        {%- endfor -%}
    {%- endset -%}
    {#- dbt's words for the two sides: an expectation without rows reads the columns of the first -#}
    with
        dbt_internal_unit_test_actual as (
            select {{ listed }} 'actual' as "actual_or_expected" from ({{ main_sql }}) as _dbt_internal_unit_test_actual
        ),

        dbt_internal_unit_test_expected as (
            select {{ listed }} 'expected' as "actual_or_expected"
            from ({{ expected_fixture_sql }}) as _dbt_internal_unit_test_expected
        )

    select *
    from dbt_internal_unit_test_actual
    union all
    select *
    from dbt_internal_unit_test_expected
{%- endmacro %}
