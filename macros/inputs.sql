{# Relation that holds a canonical table: the raw input, or the model of the adapter named in var adapters. #}
{# Used by stg_ models only. {orders: online_retail} reads orders from online_retail__orders. #}
{% macro canonical(name) -%}
    {%- set adapter = (var("adapters", none) or {}).get(name) -%}
    {%- if adapter -%} {{ ref(adapter ~ "__" ~ name) }}
    {%- else -%} {{ source("raw", name) }}
    {%- endif -%}
{%- endmacro %}

{# Two CTEs, `again` and `newest`: the rows of a large canonical table, of each key the row loaded last. `order_by`: how equal loads are told apart. #}
{# To order all rows costs more than to find the keys that come again, for these are few. #}
{% macro newest_loads(name, key, order_by) -%}
    again as (
        select {{ key }} from {{ canonical(name) }} group by {{ key }} having count(*) > 1
    ),

    newest as (
        select source.*
        from {{ canonical(name) }} as source
        where not exists (select 1 from again where again.{{ key }} = source.{{ key }})
        union all
        select *
        from
            (
                select source.*
                from {{ canonical(name) }} as source
                inner join again on source.{{ key }} = again.{{ key }}
            ) as loads
        qualify
            row_number() over (
                partition by {{ key }} order by _loaded_at desc nulls last, {{ order_by | join(", ") }}
            )
            = 1
    )
{%- endmacro %}
