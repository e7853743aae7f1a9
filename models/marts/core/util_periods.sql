-- One row is one calendar period, from the year of the first valid order to as_of.
with
    orders as (select * from {{ ref("int_orders_valid") }}),

    bounds as (
        select {{ period_start("year", "min(order_date)") }} as first_date from orders
    ),

    spine as (
        select {{ date_spine("day", "first_date", as_of_date()) }} as day_at
        from bounds
        where first_date is not null
    ),

    days as (
        select cast(day_at as date) as date_day from spine where day_at < {{ as_of() }}
    ),

    periods as (
        {% for grain in ["day", "week", "month", "quarter", "year"] %}
            select
                '{{ grain }}' as grain,
                {{ period_start(grain, "date_day") }} as period_start,
                {{ add_periods(grain, period_start(grain, "date_day"), 1) }}
                as period_end
            from days {{ "union" if not loop.last }}
        {% endfor %}
    ),

    final as (
        select
            cast(grain as varchar) as grain,
            cast(period_start as date) as period_start,
            cast(period_end as date) as period_end,
            cast(
                cast(period_end as timestamp) <= {{ as_of() }} as boolean
            ) as is_complete
        from periods
    )

select *
from final
