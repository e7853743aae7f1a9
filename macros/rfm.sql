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
