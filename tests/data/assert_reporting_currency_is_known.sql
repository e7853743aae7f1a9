-- Orders in several currencies and no choice: set var reporting_currency.
select
    'set var reporting_currency' as what_to_do,
    order_currencies,
    first_currency,
    last_currency
from {{ ref("int_reporting_currency") }}
where reporting_currency is null and order_currencies > 0
