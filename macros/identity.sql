{# VARCHAR: SHA-256 hex of the lower-case, trimmed identifier; NULL for NULL and for blank text. #}
{% macro hash_identifier(identifier) -%}
    sha256(nullif(lower(trim({{ identifier }})), ''))
{%- endmacro %}
