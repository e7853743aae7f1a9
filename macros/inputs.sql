{# Relation that holds a canonical table: the raw input, or the model of the adapter named in var adapters. #}
{# Used by stg_ models only. {orders: online_retail} reads orders from online_retail__orders. #}
{% macro canonical(name) -%}
    {%- set adapter = (var("adapters", none) or {}).get(name) -%}
    {%- if adapter -%} {{ ref(adapter ~ "__" ~ name) }}
    {%- else -%} {{ source("raw", name) }}
    {%- endif -%}
{%- endmacro %}
