-- One row is one day and currency: the rate into the reporting currency known on that
-- day,
-- the last one on or before it. From the first known rate of the currency to as_of.
with
    rates as (
        select * from {{ ref("stg_fx_rates") }} where rate_date <= {{ as_of_date() }}
    ),

    reporting as (select * from {{ ref("int_reporting_currency") }}),

    wanted as (
        select
            rates.from_currency as currency,
            rates.rate_date as known_on,
            rates.rate,
            coalesce(
                lead(rates.rate_date) over (
                    partition by rates.from_currency order by rates.rate_date
                ),
                {{ add_days(as_of_date(), 1) }}
            ) as known_until
        from rates
        inner join reporting on rates.to_currency = reporting.reporting_currency
        where rates.from_currency <> reporting.reporting_currency
    ),

    bounds as (select min(known_on) as first_date from wanted),

    spine as (
        select {{ date_spine("day", "first_date", as_of_date()) }} as day_at
        from bounds
        where first_date is not null
    ),

    days as (select cast(day_at as date) as rate_date from spine),

    final as (
        select
            cast(days.rate_date as date) as rate_date,
            cast(wanted.currency as varchar) as currency,
            cast(wanted.rate as decimal(18, 8)) as rate,
            cast(wanted.known_on as date) as known_on,
            {{ days_between("wanted.known_on", "days.rate_date") }} as age_days
        from days
        inner join
            wanted
            on days.rate_date >= wanted.known_on
            and days.rate_date < wanted.known_until
    )

select *
from final
