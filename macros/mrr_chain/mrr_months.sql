{# A query: calendar months from the first event to as_of. #}
{% macro mrr_months_query(mrr_events) -%}
    with
        events as (select min(month) as first_month from {{ mrr_events }}),

        spine as (
            select
                {{ date_spine(
            "month", "first_month",
            "cast(" ~ as_of() ~ " - interval 1 second as date)"
        ) }} as month_at
            from events
            where first_month is not null
        ),

        months as (
            select
                cast(month_at as date) as month,
                {{ add_periods("month", "month_at", 1) }} as month_end
            from spine
        ),

        final as (
            select
                cast(month as date) as month,
                cast(month_end as date) as month_end,
                cast(
                    cast(month_end as timestamp) <= {{ as_of() }} as boolean
                ) as is_complete
            from months
        )

    select *
    from final
{%- endmacro %}
