{# Identifiers of people. What the salt is and where it comes from: docs/privacy.md. #}
{# VARCHAR: the salt, a variable of the database session, so that no SQL holds it; an error without one. #}
{% macro retention_salt() -%}
    coalesce(
        nullif(cast(getvariable('retention_salt') as varchar), ''),
        error('no salt for hashed identifiers: set DBT_ENV_SECRET_RETENTION_SALT and see docs/privacy.md')
    )
{%- endmacro %}

{# VARCHAR: salted SHA-256 hex of a value that is clean or hashed already; NULL for NULL. #}
{% macro salted_hash(text) -%} sha256({{ retention_salt() }} || ({{ text }})) {%- endmacro %}

{# VARCHAR: salted hash of the SHA-256 hex of the lower-case, trimmed identifier; NULL for NULL and for blank text. #}
{# Hashed twice, so that a SHA-256 that a source delivers (salted_hash of it) meets the plain value. #}
{% macro hash_identifier(identifier) -%}
    {{ salted_hash("sha256(nullif(lower(trim(" ~ identifier ~ ")), ''))") }}
{%- endmacro %}

{# VARCHAR: what an erased customer is called; the same for the same id and salt, and its own surrogate. #}
{% macro erased_id(customer_id) -%}
    case
        when left({{ customer_id }}, 7) = 'erased_'
        then {{ customer_id }}
        else 'erased_' || left({{ salted_hash(customer_id) }}, 32)
    end
{%- endmacro %}
