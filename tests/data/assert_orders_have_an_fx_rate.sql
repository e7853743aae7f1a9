-- Currencies of valid orders for which no rate is known on or before the order's day:
-- their amounts in the reporting currency are NULL. Add rows to fx_rates.
select
    currency,
    reporting_currency,
    count(*) as orders,
    min(order_date) as first_order_date,
    max(order_date) as last_order_date
from {{ ref("int_orders_valid") }}
where reporting_currency is not null and fx_rate is null
group by currency, reporting_currency
