{# TINYINT: 1 + floor(5 * worse / all_rows), for 0 <= worse < all_rows, in whole numbers only. #}
{# With worse = how many rows rank below, equal values share a score: 1 + (5 * (rank - 1)) // all_rows. #}
{% macro quintile_of_rank(worse, all_rows) -%}
    cast(
        case
            when 5 * {{ worse }} >= 4 * {{ all_rows }}
            then 5
            when 5 * {{ worse }} >= 3 * {{ all_rows }}
            then 4
            when 5 * {{ worse }} >= 2 * {{ all_rows }}
            then 3
            when 5 * {{ worse }} >= {{ all_rows }}
            then 2
            else 1
        end as tinyint
    )
{%- endmacro %}

{# Sum of a value over the rows of a partition that come before this one: with value = how many, the rank less 1. #}
{% macro sum_before(value, partition_by, order_by) -%}
    sum({{ value }}) over (
        partition by {{ partition_by }} order by {{ order_by }} rows unbounded preceding
    )
    - {{ value }}
{%- endmacro %}

{# Does an order count for a snapshot? One without a window (rfm_window_days) counts every earlier order. #}
{% macro in_rfm_window(order_date, snapshot_date) -%}
    {%- set window = var("rfm_window_days") -%}
    {%- if window is none -%} true
    {%- else -%} {{ days_between(order_date, snapshot_date) }} <= {{ window | int }}
    {%- endif -%}
{%- endmacro %}
