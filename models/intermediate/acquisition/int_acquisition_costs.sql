-- One row is one channel and month with new customers or spend: what a new customer
-- cost, when that was paid back, and what it costs to keep one.
with
    cohorts as (select * from {{ ref("int_acquisition_cohorts") }}),

    curves as (select * from {{ ref("int_acquisition_curves") }}),

    spend as (select * from {{ ref("int_marketing_months") }}),

    stayed as (
        select month, opening_customers - churned_customers as retained_customers
        from {{ ref("int_retention_months") }}
        where basis = 'orders'
    ),

    joined as (
        select
            coalesce(cohorts.channel, spend.channel) as channel,
            coalesce(cohorts.cohort_month, spend.month) as cohort_month,
            coalesce(cohorts.new_customers, 0) as new_customers,
            coalesce(spend.retention_spend, 0) as retention_spend,
            -- no acquisition spend on record is an unknown cost, not a cost of nothing
            case
                when spend.has_acquisition_spend then spend.acquisition_spend
            end as spend
        from cohorts
        full join
            spend
            on cohorts.channel = spend.channel
            and cohorts.cohort_month = spend.month
    ),

    -- margin per customer >= cac is margin >= spend
    paid_back as (
        select joined.channel, joined.cohort_month, min(period_number) as payback_month
        from joined
        inner join
            curves
            on joined.channel = curves.channel
            and joined.cohort_month = curves.cohort_month
            and curves.cumulative_gross_margin >= joined.spend
        group by joined.channel, joined.cohort_month
    ),

    -- customers are kept by the whole shop, not by the channel that once won them
    kept as (
        select
            spend.month,
            case
                when count(*) = count(spend.retention_spend)
                then sum(spend.retention_spend)
            end as all_retention_spend,
            max(stayed.retained_customers) as retained_customers
        from spend
        left join stayed on spend.month = stayed.month
        group by spend.month
    ),

    final as (
        select
            cast(joined.channel as varchar) as channel,
            cast(joined.cohort_month as date) as cohort_month,
            cast(joined.new_customers as bigint) as new_customers,
            {{ money("joined.spend") }} as spend,
            {{ money("joined.retention_spend") }} as retention_spend,
            {{ money(safe_divide("joined.spend", "joined.new_customers")) }} as cac,
            cast(paid_back.payback_month as bigint) as payback_month,
            {{ money("kept.all_retention_spend") }} as all_retention_spend,
            cast(kept.retained_customers as bigint) as retained_customers,
            {{ money(safe_divide("kept.all_retention_spend", "kept.retained_customers")) }}
            as retention_cost
        from joined
        left join
            paid_back
            on joined.channel = paid_back.channel
            and joined.cohort_month = paid_back.cohort_month
        left join kept on joined.cohort_month = kept.month
    )

select *
from final
