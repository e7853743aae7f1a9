{# A quoted SQL text from a value of Jinja; quotes in it are doubled. #}
{% macro sql_text(value) -%}
    '{{ value | string | replace("\x27", "\x27\x27") }}'
{%- endmacro %}

{# VARCHAR: a text as JSON writes it, in double quotes; NULL for NULL. #}
{% macro json_text(text) -%}
    {%- set slashed = "replace(replace(" ~ text ~ ", chr(92), chr(92) || chr(92)), '\"', chr(92) || '\"')" -%}
    '"' || replace(replace(replace({{ slashed }}, chr(10), chr(92) || 'n'), chr(13), chr(92) || 'r'), chr(9), chr(92) || 't') || '"'
{%- endmacro %}
