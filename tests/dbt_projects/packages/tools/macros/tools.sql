{% macro double(x) %}({{ x }} * 2){% endmacro %}
{% macro through() %}{{ same_name() }}{% endmacro %}
{% macro same_name() %}'package'{% endmacro %}
{% macro plain() %}{{ return(adapter.dispatch('plain', 'tools')()) }}{% endmacro %}
{% macro default__plain() %}'default'{% endmacro %}
{% macro duckdb__plain() %}'duckdb ' || {{ tools.default__plain() }}{% endmacro %}
{% macro var_of(name) %}'{{ var(name) }}'{% endmacro %}
{% macro column_list(relation) %}
    {%- set names = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}{%- do names.append(column.name) -%}{%- endfor -%}
    {{ return(names | join(",")) }}
{% endmacro %}
{% test is_positive(model, column_name) %}select * from {{ model }} where {{ column_name }} <= 0{% endtest %}
