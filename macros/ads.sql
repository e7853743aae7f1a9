{# What advertising platforms want hashed. Their hashes have no salt, or nothing would match: audience_export only. #}
{# VARCHAR: e-mail address without blanks, in lower case; NULL for what is no address. #}
{# gmail_canonical also takes dots and what follows a plus out of Gmail names, which deliver to the same box. #}
{% macro clean_email(email) -%}
    {%- set clean = "lower(regexp_replace(" ~ email ~ ", '[[:space:]]', '', 'g'))" -%}
    case
        when not regexp_matches({{ clean }}, '^[^@]+@[^@]+[.][^@.]+$') then null
        {%- if policy("gmail_canonical") == "true" %}
            when regexp_matches({{ clean }}, '@(gmail|googlemail)[.]com$')
            then
                regexp_replace(regexp_extract({{ clean }}, '^([^@+]*)', 1), '[.]', '', 'g')
                || regexp_extract({{ clean }}, '(@.*)$', 1)
        {%- endif %}
        else {{ clean }}
    end
{%- endmacro %}

{# VARCHAR: phone number as E.164 (+4930123456); NULL without a country code, since guessing one names somebody else. #}
{% macro e164(phone) -%}
    {%- set digits = "regexp_replace(replace(" ~ phone ~ ", '(0)', ''), '[^0-9+]', '', 'g')" -%}
    {%- set number = "regexp_replace(" ~ digits ~ ", '^00', '+', 'g')" -%}
    case
        when
            not regexp_matches({{ phone }}, '[A-Za-z]')
            and regexp_matches({{ number }}, '^[+][1-9][0-9]{6,14}$')
        then {{ number }}
    end
{%- endmacro %}
