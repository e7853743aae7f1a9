-- One row is one set of policies, month and currency: the rate into the reporting
-- currency and that of the month before.
with
    compared_currencies as (
        select currency
        from {{ ref("int_mrr_events") }}
        union
        select currency
        from {{ ref("int_own_mrr_events") }}
    ),

    compared_months as (select * from {{ ref("int_policy_months") }}),

    known_rates as (
        select *
        from {{ ref("int_fx_rates_daily") }}
        where {{ policies_are_compared() }}
    ),

    build_rates as (
        {{ mrr_rates_query(
            "compared_months", "compared_currencies", ref("int_reporting_currency"), "known_rates"
        ) }}
    ),

    own_rates as (
        {{ mrr_rates_query(
            "compared_months", "compared_currencies", ref("int_reporting_currency"), "known_rates", "own"
        ) }}
    ),

    united as (
        select 'build' as policies, *
        from build_rates
        union all
        select 'own' as policies, *
        from own_rates
    ),

    final as (
        select
            cast(policies as varchar) as policies,
            cast(month as date) as month,
            cast(currency as varchar) as currency,
            cast(reporting_currency as varchar) as reporting_currency,
            cast(rate as decimal(18, 8)) as rate,
            cast(coalesce(prior_rate, rate) as decimal(18, 8)) as opening_rate
        from united
    )

select *
from final
