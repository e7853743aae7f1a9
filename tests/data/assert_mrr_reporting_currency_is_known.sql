-- Subscriptions in several currencies and no choice: set var reporting_currency, or
-- fx_policy native_only.
select
    'set var reporting_currency' as what_to_do,
    subscription_currencies,
    order_currencies,
    first_currency,
    last_currency
from {{ ref("int_reporting_currency") }}
where
    reporting_currency is null
    and subscription_currencies > 0
    and '{{ policy("fx_policy") }}' <> 'native_only'
