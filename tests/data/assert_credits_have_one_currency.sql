-- Customers with credits of no known order while orders have several currencies, or
-- another one than the reporting currency: the sum of the credits is no amount.
{{ config(severity="warn") }}
select
    credits.customer_id,
    credits.credits,
    credits.unmatched_credit_amount,
    reporting.reporting_currency,
    reporting.first_currency,
    reporting.last_currency
from {{ ref("int_customer_credits") }} as credits
cross join {{ ref("int_reporting_currency") }} as reporting
where
    reporting.order_currencies > 1
    or reporting.first_currency <> reporting.reporting_currency
