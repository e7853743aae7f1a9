-- One row per RFM snapshot: the month of the as-of date and the month ends before it.
with
    orders as (
        select order_date
        from {{ ref("int_orders_valid") }}
        where customer_id is not null
    ),

    reporting as (select reporting_currency from {{ ref("int_reporting_currency") }}),

    months_back as (
        select n
        from
            (
                values
                    {% for n in range([var("rfm_snapshot_months") | int, 1] | max) %}
                        ({{ n }}){{ "," if not loop.last }}
                    {% endfor %}
            ) as list(n)
    ),

    history as (
        select
            min(order_date) as first_order_date,
            -- the month of the last instant that is read
            {{ period_start("month", as_of() ~ " - interval 1 microsecond") }}
            as last_month,
        from orders
    ),

    months as (
        select
            {{ add_periods("month", "last_month", "-n") }} as snapshot_month,
            {{ add_periods("month", "last_month", "1 - n") }} as next_month,
            n = 0 as is_current,
            first_order_date,
            reporting_currency,
        from months_back
        cross join history
        cross join reporting
    ),

    final as (
        select
            cast(snapshot_month as date) as snapshot_month,
            cast(least(next_month, {{ as_of_date() }}) as date) as snapshot_date,
            cast(is_current as boolean) as is_current,
            cast(next_month <= {{ as_of_date() }} as boolean) as is_complete,
            cast(reporting_currency as varchar) as currency,
        from months
        where is_current or next_month > first_order_date
    )

select *
from final
