-- Customers whose last order, frequency or monetary value at the first or the last
-- snapshot is not what their orders say when these are read all again. The snapshots
-- between are added up by assert_rfm_values_add_up_to_orders: each customer at each of
-- them would be more rows than fit into memory.
{%- set is_counted = in_rfm_window("orders.order_date", "snapshots.snapshot_date") %}
with
    snapshots as (
        select snapshot_month, snapshot_date
        from {{ ref("int_rfm_snapshots") }}
        where
            snapshot_month in (
                select min(snapshot_month)
                from {{ ref("int_rfm_snapshots") }}
                union all
                select max(snapshot_month)
                from {{ ref("int_rfm_snapshots") }}
            )
    ),

    orders as (
        select
            customer_id,
            order_date,
            net_revenue_reporting,
            {{ period_start("month", "order_date") }} as order_month
        from {{ ref("int_orders_valid") }}
        where customer_id is not null
    ),

    sides as (
        select
            snapshots.snapshot_month,
            orders.customer_id,
            orders.order_date as expected_last_order_date,
            case when {{ is_counted }} then 1 else 0 end as expected_frequency,
            case
                when {{ is_counted }} then net_revenue_reporting else 0
            end as expected_monetary,
            case
                when orders.order_month = snapshots.snapshot_month
                then net_revenue_reporting
                else 0
            end as expected_month_net_revenue,
            cast(null as date) as last_order_date,
            cast(null as bigint) as frequency,
            cast(null as decimal(18, 4)) as monetary,
            cast(null as decimal(18, 4)) as month_net_revenue
        from orders
        inner join snapshots on orders.order_month <= snapshots.snapshot_month
        union all
        select
            measured.snapshot_month,
            measured.customer_id,
            cast(null as date),
            cast(null as integer),
            cast(null as decimal(18, 4)),
            cast(null as decimal(18, 4)),
            measured.last_order_date,
            measured.frequency,
            measured.monetary,
            measured.month_net_revenue
        from {{ ref("int_customer_rfm_values") }} as measured
        inner join snapshots on measured.snapshot_month = snapshots.snapshot_month
        where measured.last_order_date is not null
    )

select
    snapshot_month,
    customer_id,
    max(expected_last_order_date) as expected_last_order_date,
    max(last_order_date) as last_order_date,
    sum(expected_frequency) as expected_frequency,
    sum(frequency) as frequency,
    sum(expected_monetary) as expected_monetary,
    sum(monetary) as monetary,
    sum(expected_month_net_revenue) as expected_month_net_revenue,
    sum(month_net_revenue) as month_net_revenue
from sides
group by snapshot_month, customer_id
having
    max(expected_last_order_date) is distinct from max(last_order_date)
    or sum(expected_frequency) is distinct from sum(frequency)
    or sum(expected_monetary) is distinct from sum(monetary)
    or sum(expected_month_net_revenue) is distinct from sum(month_net_revenue)
