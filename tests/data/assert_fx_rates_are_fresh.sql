-- Rates that were carried forward for more than var fx_max_gap_days to value an order.
select
    currency,
    reporting_currency,
    fx_rate_date,
    count(*) as orders,
    max(order_date) as last_order_date
from {{ ref("int_orders_valid") }}
where {{ days_between("fx_rate_date", "order_date") }} > {{ var("fx_max_gap_days", 7) }}
group by currency, reporting_currency, fx_rate_date
