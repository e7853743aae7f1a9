-- Of the MRR of 1, 3 or 12 months ago: how much is left, with and without upgrades?
with
    viewed as (select * from {{ ref("int_revenue_retention_views") }}),

    history as (select min(month) as began from {{ ref("int_mrr_months") }}),

    kept as (
        select
            *,
            opening_mrr - contraction_mrr - churned_mrr as retained,
            opening_mrr + expansion_mrr - contraction_mrr - churned_mrr as remaining,
            case when window_months = 1 then reactivation_mrr end as reactivation
        from viewed
    ),

    rated as (
        select
            *,
            {{ safe_divide("remaining", "opening_mrr") }} as net,
            {{ safe_divide("retained", "opening_mrr") }} as gross,
            {{ safe_divide("opening_mrr - retained", "opening_mrr") }} as gross_churn,
            {{ safe_divide("opening_mrr - remaining", "opening_mrr") }} as net_churn,
            {{ safe_divide("opening_mrr - remaining - reactivation", "opening_mrr") }}
            as net_churn_after_returns,
            {{ safe_divide("retained_customers", "base_customers") }} as customers_kept
        from kept
    ),

    final as (
        select
            cast(month as date) as month,
            cast(view as varchar) as view,
            cast(currency as varchar) as currency,
            cast(cast(window_months as varchar) || 'm' as varchar) as retention_window,
            cast(window_months as integer) as window_months,
            cast(base_month as date) as base_month,
            cast(base_month >= began as boolean) as is_in_history,
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(base_customers as bigint) as base_customers,
            cast(retained_customers as bigint) as retained_customers,
            {{ money("opening_mrr") }} as opening_mrr,
            {{ money("expansion_mrr") }} as expansion_mrr,
            {{ money("contraction_mrr") }} as contraction_mrr,
            {{ money("churned_mrr") }} as churned_mrr,
            {{ money("reactivation") }} as reactivation_mrr,
            {{ money("retained") }} as retained_mrr,
            {{ money("remaining") }} as remaining_mrr,
            case when is_complete then net end as nrr,
            case when is_complete then gross end as grr,
            case when is_complete then gross_churn end as gross_mrr_churn_rate,
            case when is_complete then net_churn end as net_mrr_churn_rate,
            case
                when is_complete then net_churn_after_returns
            end as net_mrr_churn_rate_incl_reactivation,
            case when is_complete then customers_kept end as customer_retention_rate,
            net as nrr_partial,
            gross as grr_partial,
            gross_churn as gross_mrr_churn_rate_partial,
            net_churn as net_mrr_churn_rate_partial,
            net_churn_after_returns as net_mrr_churn_rate_incl_reactivation_partial,
            customers_kept as customer_retention_rate_partial,
            cast(is_complete as boolean) as is_complete,
            base_customers < {{ policy("min_cell_size") }} as is_low_n
        from rated
        cross join history
    )

select *
from final
