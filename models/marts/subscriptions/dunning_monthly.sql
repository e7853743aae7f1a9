-- Failed payments of a month and currency: how many, and how much of it came in after
-- all?
with
    months as (select * from {{ ref("int_invoice_months") }}),

    customer_months as (select * from {{ ref("fct_mrr_customer_month") }}),

    subscribed as (
        select
            month,
            currency,
            sum(case when prior_is_sub then 1 else 0 end) as opening,
            sum(
                case
                    when movement_type = 'churn' and end_type = 'involuntary'
                    then 1
                    else 0
                end
            ) as involuntary
        from customer_months
        group by month, currency
    ),

    joined as (
        select
            months.*,
            coalesce(opening, 0) as opening_customers,
            coalesce(involuntary, 0) as involuntary_churned_customers
        from months
        left join subscribed using (month, currency)
    ),

    rated as (
        select
            *,
            recovered_invoices + lost_invoices as decided,
            recovered_amount + lost_amount as decided_amount,
            {{ safe_divide("recovered_invoices", "recovered_invoices + lost_invoices") }}
            as recovered_share,
            {{ safe_divide("recovered_amount", "recovered_amount + lost_amount") }}
            as recovered_amount_share,
            {{ safe_divide("attempted_failed_invoices", "attempted_invoices") }}
            as failed_share,
            {{ safe_divide("involuntary_churned_customers", "opening_customers") }}
            as churned_share
        from joined
    ),

    final as (
        select
            month,
            currency,
            attempted_invoices,
            attempted_failed_invoices,
            entered_invoices,
            recovered_invoices,
            lost_invoices,
            in_progress_invoices,
            voided_invoices,
            recovered_by_retry_invoices,
            recovered_by_card_update_invoices,
            recovered_by_manual_invoices,
            entered_amount,
            recovered_amount,
            lost_amount,
            in_progress_amount,
            voided_amount,
            cast(decided as bigint) as decided_invoices,
            {{ money("decided_amount") }} as decided_amount,
            dated_recoveries,
            days_to_recover_sum,
            cast(opening_customers as bigint) as opening_customers,
            cast(
                involuntary_churned_customers as bigint
            ) as involuntary_churned_customers,
            case when is_complete then recovered_share end as recovery_rate,
            case
                when is_complete then recovered_amount_share
            end as amount_recovery_rate,
            case when is_complete then failed_share end as failure_rate,
            case when is_complete then churned_share end as involuntary_churn_rate,
            recovered_share as recovery_rate_partial,
            recovered_amount_share as amount_recovery_rate_partial,
            failed_share as failure_rate_partial,
            churned_share as involuntary_churn_rate_partial,
            {{ safe_divide("days_to_recover_sum", "dated_recoveries") }}
            as avg_days_to_recover,
            is_complete,
            in_progress_invoices = 0 and is_complete as is_settled,
            decided < {{ policy("min_cell_size") }} as is_low_n
        from rated
    )

select *
from final
