-- Customers whose last order, frequency or monetary value at a snapshot is not what
-- their orders say when each snapshot reads them all again.
{%- set window = var("rfm_window_days") %}
with
    snapshots as (select * from {{ ref("int_rfm_snapshots") }}),

    orders as (
        select
            customer_id,
            order_date,
            net_revenue_reporting,
            {{ period_start("month", "order_date") }} as order_month
        from {{ ref("int_orders_valid") }}
        where customer_id is not null
    ),

    counted as (
        select
            snapshots.snapshot_month,
            orders.customer_id,
            max(orders.order_date) as last_order_date,
            {% if window is none %}
                count(*) as frequency, sum(orders.net_revenue_reporting) as monetary,
            {% else %}
                count(*) filter (
                    where
                        {{ days_between("orders.order_date", "snapshots.snapshot_date") }}
                        <= {{ window | int }}
                ) as frequency,
                coalesce(
                    sum(orders.net_revenue_reporting) filter (
                        where
                            {{ days_between("orders.order_date", "snapshots.snapshot_date") }}
                            <= {{ window | int }}
                    ),
                    0
                ) as monetary,
            {% endif %}
            coalesce(
                sum(orders.net_revenue_reporting) filter (
                    where orders.order_month = snapshots.snapshot_month
                ),
                0
            ) as month_net_revenue
        from orders
        inner join snapshots on orders.order_month <= snapshots.snapshot_month
        group by snapshots.snapshot_month, orders.customer_id
    ),

    measured as (
        select *
        from {{ ref("int_customer_rfm_values") }}
        where last_order_date is not null
    )

select
    coalesce(counted.snapshot_month, measured.snapshot_month) as snapshot_month,
    coalesce(counted.customer_id, measured.customer_id) as customer_id,
    counted.last_order_date as expected_last_order_date,
    measured.last_order_date,
    counted.frequency as expected_frequency,
    measured.frequency,
    counted.monetary as expected_monetary,
    measured.monetary,
    counted.month_net_revenue as expected_month_net_revenue,
    measured.month_net_revenue
from counted
full join
    measured
    on counted.snapshot_month = measured.snapshot_month
    and counted.customer_id = measured.customer_id
where
    counted.last_order_date is distinct from measured.last_order_date
    or counted.frequency is distinct from measured.frequency
    or counted.monetary is distinct from measured.monetary
    or counted.month_net_revenue is distinct from measured.month_net_revenue
