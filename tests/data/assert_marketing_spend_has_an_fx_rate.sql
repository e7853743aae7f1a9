-- Currencies of marketing spend for which no rate is known on or before the day: the
-- month of their channel has no sum. Add rows to fx_rates.
select
    currency,
    reporting_currency,
    count(*) as bills,
    min(spend_date) as first_spend_date,
    max(spend_date) as last_spend_date
from {{ ref("int_marketing_spend") }}
where reporting_currency is not null and amount is not null and fx_rate is null
group by currency, reporting_currency
