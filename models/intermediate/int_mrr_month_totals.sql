-- One row is one month and one currency: the MRR movements in native currency. Adds up
-- changes only; the months between are carried forward on the small result.
with
    months as (select * from {{ ref("int_mrr_months") }}),

    changes as (select * from {{ ref("int_mrr_customer_month") }}),

    scheduled as (select * from {{ ref("int_mrr_scheduled_churn") }}),

    movements as (select * from {{ ref("int_mrr_movements") }}),

    moved as (
        select
            month,
            currency,
            {{ mrr_bucket_sums() }},
            sum(case when movement_type = 'new' then 1 else 0 end) as new_customers,
            sum(movement_amount) as net_mrr
        from {{ 'movements' if policy('intra_month_policy') == 'gross' else 'changes' }}
        group by month, currency
    ),

    paying as (
        select
            month,
            currency,
            sum(case when mrr > 0 then 1 else 0 end)
            - sum(case when prior_mrr > 0 then 1 else 0 end) as paying_change
        from changes
        group by month, currency
    ),

    currencies as (
        select currency, min(month) as first_month from changes group by currency
    ),

    spine as (
        select months.month, months.month_end, months.is_complete, currencies.currency
        from months
        inner join currencies on months.month >= currencies.first_month
    ),

    joined as (
        select
            spine.*,
            coalesce(moved.new_mrr, 0) as new_mrr,
            coalesce(moved.reactivation_mrr, 0) as reactivation_mrr,
            coalesce(moved.expansion_mrr, 0) as expansion_mrr,
            coalesce(moved.contraction_mrr, 0) as contraction_mrr,
            coalesce(moved.churned_mrr, 0) as churned_mrr,
            coalesce(moved.involuntary_churned_mrr, 0) as involuntary_churned_mrr,
            coalesce(moved.new_customers, 0) as new_customers,
            coalesce(moved.net_mrr, 0) as net_mrr,
            sum(coalesce(moved.net_mrr, 0)) over currency_history as closing_mrr,
            sum(coalesce(paying.paying_change, 0)) over currency_history
            as paying_customers,
            sum(coalesce(scheduled.scheduled_change, 0)) over currency_history
            as scheduled_churn_mrr
        from spine
        left join moved on spine.month = moved.month and spine.currency = moved.currency
        left join
            paying on spine.month = paying.month and spine.currency = paying.currency
        left join
            scheduled
            on spine.month = scheduled.month
            and spine.currency = scheduled.currency
        window
            currency_history as (
                partition by spine.currency
                order by spine.month
                rows between unbounded preceding and current row
            )
    ),

    final as (
        select
            cast(month as date) as month,
            cast(currency as varchar) as currency,
            {{ money("closing_mrr - net_mrr") }} as opening_mrr,
            {{ money("new_mrr") }} as new_mrr,
            {{ money("reactivation_mrr") }} as reactivation_mrr,
            {{ money("expansion_mrr") }} as expansion_mrr,
            {{ money("contraction_mrr") }} as contraction_mrr,
            {{ money("churned_mrr") }} as churned_mrr,
            {{ money("involuntary_churned_mrr") }} as involuntary_churned_mrr,
            {{ money("closing_mrr") }} as closing_mrr,
            {{ money("scheduled_churn_mrr") }} as scheduled_churn_mrr,
            cast(paying_customers as bigint) as paying_customers,
            cast(new_customers as bigint) as new_customers,
            cast(is_complete as boolean) as is_complete
        from joined
    )

select *
from final
