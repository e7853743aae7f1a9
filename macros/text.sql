{# A quoted SQL text from a value of Jinja; quotes in it are doubled. #}
{% macro sql_text(value) -%}
    '{{ value | string | replace("\x27", "\x27\x27") }}'
{%- endmacro %}
