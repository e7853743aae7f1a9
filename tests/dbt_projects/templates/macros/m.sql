{% macro shout(text) %}{{ text | upper }}!{% endmacro %}
{% macro pair(a, b=2) %}{{ return({"a": a, "b": b}) }}{% endmacro %}
{% macro wrapped() %}<{{ caller("in") }}>{% endmacro %}
{% macro by_engine() %}{{ return(adapter.dispatch("by_engine", "templates")()) }}{% endmacro %}
{% macro default__by_engine() %}default{% endmacro %}
{% macro duckdb__by_engine() %}duckdb{% endmacro %}
{% macro default__hash(field) %}'own ' || {{ field }}{% endmacro %}
{% macro many() %}{{ varargs | join(",") }};{{ kwargs.items() | list | length }}{% endmacro %}
{% macro columns_of(relation) %}
    {%- for column in adapter.get_columns_in_relation(relation) -%} {{ column.name }}:{{ column.data_type }}{{ "," if not loop.last }} {%- endfor -%}
{% endmacro %}
