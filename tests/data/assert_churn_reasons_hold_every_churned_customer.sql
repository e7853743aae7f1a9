-- Each customer who churned has one reason, with the MRR that was lost.
with
    churned as (
        select customer_id, currency, month, prior_mrr
        from {{ ref("fct_mrr_customer_month") }}
        where movement_type = 'churn'
    ),

    reasons as (select * from {{ ref("int_cancel_reasons") }})

select
    month, currency, customer_id, churned.prior_mrr, reasons.churned_mrr, reasons.reason
from churned
full join reasons using (customer_id, currency, month)
where churned.prior_mrr is distinct from reasons.churned_mrr
