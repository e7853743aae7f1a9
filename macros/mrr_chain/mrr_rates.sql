{# A query: the rate of each month and currency into the reporting currency under fx_policy. #}
{% macro mrr_rates_query(mrr_months, mrr_events, reporting_currency, daily_rates, policies="build") -%}
    {%- set fx_policy = policy("fx_policy", policies) %}
    {%- set constant_date = policy("fx_constant_date", policies) %}
    with
        months as (select * from {{ mrr_months }}),

        currencies as (select distinct currency from {{ mrr_events }}),

        reporting as (select * from {{ reporting_currency }}),

        rates as (
            select
                *,
                row_number() over (
                    partition by currency order by rate_date
                ) as day_number
            from {{ daily_rates }}
        ),

        wanted as (
            select
                months.month,
                currencies.currency,
                reporting.reporting_currency,
                currencies.currency = reporting.reporting_currency as is_same,
                least(
                    {{ add_days("months.month_end", -1) }},
                    cast({{ as_of() }} - interval 1 second as date)
                ) as wanted_date
            from months
            cross join currencies
            cross join reporting
        ),

        rated as (
            select
                wanted.month,
                wanted.currency,
                wanted.reporting_currency,
                case
                    when wanted.is_same then cast(1 as decimal(18, 8)) else rates.rate
                end as rate,
                case when not wanted.is_same then rates.known_on end as rate_date,
                case when not wanted.is_same then rates.age_days end as age_days
            from wanted
            left join
                rates on wanted.currency = rates.currency
                {% if fx_policy == "spot" %} and wanted.wanted_date = rates.rate_date
                {% elif fx_policy == "native_only" %} and 1 = 0
                {% elif constant_date == "first" %} and rates.day_number = 1
                {% else %} and rates.rate_date = cast('{{ constant_date }}' as date)
                {% endif %}
        ),

        final as (
            select
                cast(month as date) as month,
                cast(currency as varchar) as currency,
                cast(reporting_currency as varchar) as reporting_currency,
                cast(rate as decimal(18, 8)) as rate,
                cast(
                    lag(rate) over (partition by currency order by month) as decimal(
                        18, 8
                    )
                ) as prior_rate,
                cast(rate_date as date) as rate_date,
                cast(age_days as integer) as age_days
            from rated
        )

    select *
    from final
{%- endmacro %}
