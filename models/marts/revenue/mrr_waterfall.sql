-- One row is one month of the MRR waterfall of one currency, or of all currencies
-- together in the reporting currency (view = reporting).
with
    native as (select * from {{ ref("int_mrr_month_totals") }}),

    reporting as (select * from {{ ref("int_mrr_reporting_totals") }}),

    views as (
        select
            month,
            currency,
            'native' as view,
            opening_mrr,
            new_mrr,
            reactivation_mrr,
            expansion_mrr,
            contraction_mrr,
            churned_mrr,
            involuntary_churned_mrr,
            cast(0 as decimal(18, 4)) as fx_mrr,
            closing_mrr,
            scheduled_churn_mrr,
            paying_customers,
            new_customers,
            is_complete
        from native
        union all
        select
            month,
            currency,
            'reporting' as view,
            opening_mrr,
            new_mrr,
            reactivation_mrr,
            expansion_mrr,
            contraction_mrr,
            churned_mrr,
            involuntary_churned_mrr,
            fx_mrr,
            closing_mrr,
            scheduled_churn_mrr,
            paying_customers,
            new_customers,
            is_complete
        from reporting
    ),

    ratios as (
        select
            *,
            {{ safe_divide(quick_ratio_gain(), "contraction_mrr + churned_mrr") }}
            as quick_ratio
        from views
    ),

    final as (
        select
            cast(month as date) as month,
            cast(currency as varchar) as currency,
            cast(view as varchar) as view,
            {{ money("opening_mrr") }} as opening_mrr,
            {{ money("new_mrr") }} as new_mrr,
            {{ money("reactivation_mrr") }} as reactivation_mrr,
            {{ money("expansion_mrr") }} as expansion_mrr,
            {{ money("contraction_mrr") }} as contraction_mrr,
            {{ money("churned_mrr") }} as churned_mrr,
            {{ money("churned_mrr - involuntary_churned_mrr") }}
            as voluntary_churned_mrr,
            {{ money("involuntary_churned_mrr") }} as involuntary_churned_mrr,
            {{ money("fx_mrr") }} as fx_mrr,
            {{ money("closing_mrr") }} as closing_mrr,
            {{ money(
                "new_mrr + reactivation_mrr + expansion_mrr - contraction_mrr - churned_mrr"
            ) }}
            as net_new_mrr,
            {{ money("12 * closing_mrr") }} as arr,
            cast(paying_customers as bigint) as paying_customers,
            {{ safe_divide("closing_mrr", "paying_customers") }} as arpa,
            cast(new_customers as bigint) as new_customers,
            {{ safe_divide("new_mrr", "new_customers") }} as asp,
            cast(case when is_complete then quick_ratio end as double) as quick_ratio,
            cast(quick_ratio as double) as quick_ratio_partial,
            {{ money("scheduled_churn_mrr") }} as scheduled_churn_mrr,
            {{ money("closing_mrr - scheduled_churn_mrr") }} as cmrr,
            cast(is_complete as boolean) as is_complete
        from ratios
    )

select *
from final
