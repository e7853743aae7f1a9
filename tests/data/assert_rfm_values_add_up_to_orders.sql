-- Snapshots whose orders and revenue, of all customers together, are not what the
-- orders say when each snapshot reads them all again.
{%- set is_counted = in_rfm_window("orders.order_date", "snapshots.snapshot_date") %}
with
    snapshots as (select * from {{ ref("int_rfm_snapshots") }}),

    -- a day is in or out of a snapshot as a whole
    orders as (
        select
            order_date,
            {{ period_start("month", "order_date") }} as order_month,
            count(*) as orders,
            sum(net_revenue_reporting) as net_revenue
        from {{ ref("int_orders_valid") }}
        where customer_id is not null
        group by order_date
    ),

    counted as (
        select
            snapshots.snapshot_month,
            sum(case when {{ is_counted }} then orders.orders else 0 end) as frequency,
            sum(
                case when {{ is_counted }} then orders.net_revenue else 0 end
            ) as monetary,
            sum(
                case
                    when orders.order_month = snapshots.snapshot_month
                    then orders.net_revenue
                    else 0
                end
            ) as month_net_revenue
        from snapshots
        left join orders on orders.order_month <= snapshots.snapshot_month
        group by snapshots.snapshot_month
    ),

    measured as (
        select
            snapshot_month,
            sum(frequency) as frequency,
            sum(monetary) as monetary,
            sum(month_net_revenue) as month_net_revenue
        from {{ ref("int_customer_rfm_values") }}
        group by snapshot_month
    )

select
    counted.snapshot_month,
    counted.frequency as expected_frequency,
    measured.frequency,
    counted.monetary as expected_monetary,
    measured.monetary,
    counted.month_net_revenue as expected_month_net_revenue,
    measured.month_net_revenue
from counted
left join measured on counted.snapshot_month = measured.snapshot_month
where
    counted.frequency <> coalesce(measured.frequency, 0)
    or counted.monetary <> coalesce(measured.monetary, 0)
    or counted.month_net_revenue <> coalesce(measured.month_net_revenue, 0)
