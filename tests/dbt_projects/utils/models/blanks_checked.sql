{% set columns = adapter.get_columns_in_relation(ref("blanks")) %}
select {{ dbt_utils.nullcheck(columns) }} from {{ ref("blanks") }}
