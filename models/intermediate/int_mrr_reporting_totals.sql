-- One row is one month: the buckets of the MRR waterfall of all currencies together
-- in the
-- reporting currency. No rows under fx_policy native_only.
with
    native as (select * from {{ ref("int_mrr_month_totals") }}),

    months as (select * from {{ ref("int_mrr_months") }}),

    changes as (select * from {{ ref("int_mrr_customer_month") }}),

    rates as (
        select *, coalesce(prior_rate, rate) as opening_rate
        from {{ ref("int_mrr_rates") }}
        where
            reporting_currency is not null
            and '{{ policy("fx_policy") }}' <> 'native_only'
    ),

    several as (
        select customer_id
        from changes
        group by customer_id
        having min(currency) <> max(currency)
    ),

    -- a customer who pays in several currencies is one customer
    repeated as (
        select
            months.month,
            count(*) - count(distinct changes.customer_id) as extra_customers
        from changes
        inner join several on changes.customer_id = several.customer_id
        inner join
            months
            on months.month >= changes.month
            and months.month < coalesce(changes.next_month, {{ far_date() }})
        where changes.mrr > 0
        group by months.month
    ),

    converted as (
        select
            native.month,
            rates.reporting_currency as currency,
            sum({{ times("native.opening_mrr", "opening_rate") }}) as opening_mrr,
            sum({{ times("native.new_mrr", "rate") }}) as new_mrr,
            sum({{ times("native.reactivation_mrr", "rate") }}) as reactivation_mrr,
            sum({{ times("native.expansion_mrr", "rate") }}) as expansion_mrr,
            sum({{ times("native.contraction_mrr", "rate") }}) as contraction_mrr,
            sum({{ times("native.churned_mrr", "rate") }}) as churned_mrr,
            sum(
                {{ times("native.involuntary_churned_mrr", "rate") }}
            ) as involuntary_churned_mrr,
            sum({{ times("native.opening_mrr", "(rate - opening_rate)") }}) as fx_mrr,
            sum({{ times("native.closing_mrr", "rate") }}) as closing_mrr,
            sum(
                {{ times("native.scheduled_churn_mrr", "rate") }}
            ) as scheduled_churn_mrr,
            sum(native.paying_customers) as paying_customers,
            sum(native.new_customers) as new_customers,
            min(case when native.is_complete then 1 else 0 end) = 1 as is_complete,
            count(*) - count(rate) as unrated
        from native
        inner join
            rates on native.month = rates.month and native.currency = rates.currency
        group by native.month, rates.reporting_currency
    ),

    -- without a rate for one of its currencies a month has no total
    final as (
        select
            cast(converted.month as date) as month,
            cast(converted.currency as varchar) as currency,
            {{ money("opening_mrr") }} as opening_mrr,
            {{ money("new_mrr") }} as new_mrr,
            {{ money("reactivation_mrr") }} as reactivation_mrr,
            {{ money("expansion_mrr") }} as expansion_mrr,
            {{ money("contraction_mrr") }} as contraction_mrr,
            {{ money("churned_mrr") }} as churned_mrr,
            {{ money("involuntary_churned_mrr") }} as involuntary_churned_mrr,
            {{ money("fx_mrr") }} as fx_mrr,
            {{ money("closing_mrr") }} as closing_mrr,
            {{ money("scheduled_churn_mrr") }} as scheduled_churn_mrr,
            cast(
                paying_customers - coalesce(repeated.extra_customers, 0) as bigint
            ) as paying_customers,
            cast(new_customers as bigint) as new_customers,
            cast(is_complete as boolean) as is_complete
        from converted
        left join repeated on converted.month = repeated.month
        where unrated = 0
    )

select *
from final
