-- One row is one customer (customer 360): who they are, what they bought and subscribe
-- to, what they do, say and allow, how they stand.
-- Test and internal customers are in it with their flags; their orders are not counted.
{%- set collapse = policy("collapse_same_day_orders") == "true" %}
with
    customers as (select * from {{ ref("int_customers") }}),

    customer_orders as (
        select
            *,
            {{ days_between("first_order_date", "last_order_date") }} as active_days,
            {{ "purchase_days" if collapse else "orders" }} - 1 as gaps
        from {{ ref("int_customer_orders") }}
    ),

    buyers as (
        select *, {{ safe_divide("active_days", "gaps") }} as avg_days_between_orders
        from customer_orders
    ),

    credits as (select * from {{ ref("int_customer_credits") }}),

    categories as (select * from {{ ref("int_customer_categories") }}),

    rfm as (select * from {{ ref("int_customer_rfm") }} where is_current),

    lifecycle as (select * from {{ ref("int_customer_lifecycle") }}),

    subscriptions as (select * from {{ ref("int_customer_subscriptions") }}),

    traits as (select * from {{ ref("int_customer_360") }}),

    reporting as (select * from {{ ref("int_reporting_currency") }}),

    final as (
        select
            -- who they are
            customers.customer_id,
            customers.created_at,
            customers.created_date,
            customers.email_hash,
            customers.phone_hash,
            customers.country,
            customers.city,
            customers.language,
            customers.account_id,
            customers.acquisition_channel,
            customers.acquisition_source,
            customers.acquisition_medium,
            customers.acquisition_campaign,
            customers.is_test,
            customers.is_internal,
            customers.is_erased,
            customers.source_customers,
            -- what they bought
            buyers.first_ordered_at,
            buyers.first_order_date,
            buyers.last_ordered_at,
            buyers.last_order_date,
            buyers.cohort_month,
            strftime(buyers.cohort_month, '%Y-%m') as cohort_label,
            buyers.is_left_censored,
            cast(coalesce(buyers.orders, 0) as bigint) as orders,
            reporting.reporting_currency as currency,
            {{ money("coalesce(buyers.gross_revenue, 0)") }} as gross_revenue,
            {{ money("coalesce(buyers.net_revenue, 0)") }} as net_revenue,
            {{ money("buyers.gross_margin") }} as gross_margin,
            {{ money("coalesce(credits.unmatched_credit_amount, 0)") }}
            as unmatched_credit_amount,
            {{ safe_divide("buyers.net_revenue", "buyers.orders") }} as aov,
            categories.top_category,
            buyers.preferred_channel,
            cast(coalesce(buyers.channels_used, 0) as bigint) as channels_used,
            cast(coalesce(buyers.full_price_orders, 0) as bigint) as full_price_orders,
            {{ safe_divide("buyers.full_price_orders", "buyers.orders") }}
            as full_price_share,
            -- how they stand
            {{ days_between("buyers.last_order_date", as_of_date()) }} as recency_days,
            {{ days_between("customers.created_date", as_of_date()) }} as tenure_days,
            buyers.avg_days_between_orders,
            {{ add_days("buyers.last_order_date", "round(buyers.avg_days_between_orders)") }}
            as expected_next_order_date,
            rfm.r,
            rfm.f,
            rfm.m,
            rfm.segment as rfm_segment,
            lifecycle.stage as lifecycle_stage,
            -- what they subscribe to
            cast(
                coalesce(subscriptions.subscriber_status, 'never') as varchar
            ) as subscriber_status,
            {{ money("case when subscriptions.customer_id is null then 0 else subscriptions.current_mrr end") }}
            as current_mrr,
            subscriptions.mrr_started_at,
            subscriptions.churned_at,
            subscriptions.churn_type,
            -- what they do, say, earn and allow
            traits.* exclude (customer_id),
            -- what models foresee
            cast(null as double) as p_alive,
            cast(null as decimal(18, 4)) as predicted_clv_12m
        from customers
        cross join reporting
        left join buyers on customers.customer_id = buyers.customer_id
        left join credits on customers.customer_id = credits.customer_id
        left join categories on customers.customer_id = categories.customer_id
        left join rfm on customers.customer_id = rfm.customer_id
        left join lifecycle on customers.customer_id = lifecycle.customer_id
        left join subscriptions on customers.customer_id = subscriptions.customer_id
        left join traits on customers.customer_id = traits.customer_id
    )

select *
from final
