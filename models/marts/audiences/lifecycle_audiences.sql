-- One row is one customer at as_of: the lifecycle audience they are in, for campaigns.
with
    customers as (select * from {{ ref("int_customer_audience") }}),

    final as (
        select
            customer_id,
            as_of_date,
            audience,
            campaign,
            lifecycle_stage,
            orders,
            recency_days,
            subscriber_status,
            is_cancel_requested,
            trial_ends_date,
            dunning_invoices,
            health_band,
            is_health_red,
            activated_date,
            last_seen_date,
            net_revenue,
            current_mrr,
            currency
        from customers
    )

select *
from final
