-- One row is what one campaign cost on one day in one currency, and that in the
-- reporting
-- currency at the rate of the day.
with
    spend as (
        select *
        from {{ ref("stg_marketing_spend") }}
        where spend_date < {{ as_of_date() }}
    ),

    reporting as (select * from {{ ref("int_reporting_currency") }}),

    rates as (select * from {{ ref("int_fx_rates_daily") }}),

    rated as (
        select
            spend.*,
            reporting.reporting_currency,
            case
                when spend.currency = reporting.reporting_currency
                then cast(1 as decimal(18, 8))
                else rates.rate
            end as fx_rate
        from spend
        cross join reporting
        left join
            rates
            on spend.currency = rates.currency
            and spend.spend_date = rates.rate_date
    ),

    final as (
        select
            cast(spend_date as date) as spend_date,
            cast(channel as varchar) as channel,
            cast(campaign as varchar) as campaign,
            cast(currency as varchar) as currency,
            cast(is_retention_spend as boolean) as is_retention_spend,
            {{ period_start("month", "spend_date") }} as month,
            {{ money("amount") }} as amount,
            cast(reporting_currency as varchar) as reporting_currency,
            cast(fx_rate as decimal(18, 8)) as fx_rate,
            {{ money(times("amount", "fx_rate")) }} as amount_reporting
        from rated
    )

select *
from final
