-- One row: when the history of valid orders begins.
with
    orders as (select order_date from {{ ref("int_orders_valid") }}),

    final as (
        select
            cast(count(*) as bigint) as orders,
            cast({{ period_start("month", "min(order_date)") }} as date) as first_month
        from orders
    )

select *
from final
