-- One row is one customer at as_of: everything that decides the audience.
with
    lifecycle as (select * from {{ ref("int_customer_lifecycle") }}),

    subscriptions as (select * from {{ ref("int_customer_subscriptions") }}),

    health as (select * from {{ ref("int_customer_health") }}),

    activity as (
        select
            customer_id,
            cast({{ to_reporting_time("activated_at") }} as date) as activated_date,
            cast({{ to_reporting_time("last_seen_at") }} as date) as last_seen_date
        from {{ ref("int_customer_activity") }}
    ),

    limits as (
        select
            max(value) filter (where limit_name = 'trial_expiring_days') as trial_days,
            max(max_days_since_first_order) filter (
                where stage = 'onboarding'
            ) as onboarding_days,
            max(max_recency_days) filter (where stage = 'at_risk') as at_risk_days
        from {{ ref("audience_limits") }}
        cross join {{ ref("lifecycle_stages") }}
    ),

    trials as (select * from {{ ref("int_running_trials") }}),

    unpaid as (
        select customer_id, count(*) as dunning_invoices
        from {{ ref("int_invoice_payments") }}
        where outcome = 'in_progress'
        group by customer_id
    ),

    cancelling as (
        select distinct customer_id
        from {{ ref("int_mrr_intervals") }}
        where valid_to is null and is_sub and cancel_requested_at is not null
    ),

    joined as (
        select
            lifecycle.*,
            coalesce(subscriptions.subscriber_status, 'never') as subscriber_status,
            coalesce(subscriptions.is_sub, false) as is_sub,
            subscriptions.current_mrr,
            cancelling.customer_id is not null as is_cancel_requested,
            trials.trial_ends_date,
            coalesce(unpaid.dunning_invoices, 0) as dunning_invoices,
            health.health_band,
            activity.activated_date,
            activity.last_seen_date,
            coalesce(
                {{ days_between(as_of_date(), "trials.trial_ends_date") }}
                <= trial_days,
                false
            ) as is_trial_expiring,
            coalesce(
                lifecycle.orders = 0
                and {{ days_between("activity.activated_date", as_of_date()) }}
                <= onboarding_days,
                false
            ) as is_activated_lately,
            -- the score of who is long gone is red, but there is nothing left to lose
            coalesce(health.health_band = 'red', false)
            and (
                coalesce(subscriptions.is_sub, false)
                or coalesce(
                    {{ days_between("activity.last_seen_date", as_of_date()) }}
                    <= at_risk_days,
                    false
                )
            ) as is_health_red
        from lifecycle
        cross join limits
        left join subscriptions on lifecycle.customer_id = subscriptions.customer_id
        left join health on lifecycle.customer_id = health.customer_id
        left join activity on lifecycle.customer_id = activity.customer_id
        left join trials on lifecycle.customer_id = trials.customer_id
        left join unpaid on lifecycle.customer_id = unpaid.customer_id
        left join cancelling on lifecycle.customer_id = cancelling.customer_id
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(as_of_date as date) as as_of_date,
            cast(stage as varchar) as stage,
            cast(orders as bigint) as orders,
            cast(recency_days as integer) as recency_days,
            cast(subscriber_status as varchar) as subscriber_status,
            cast(is_sub as boolean) as is_sub,
            cast(is_cancel_requested as boolean) as is_cancel_requested,
            cast(trial_ends_date as date) as trial_ends_date,
            cast(is_trial_expiring as boolean) as is_trial_expiring,
            cast(dunning_invoices as bigint) as dunning_invoices,
            cast(health_band as varchar) as health_band,
            cast(is_health_red as boolean) as is_health_red,
            cast(activated_date as date) as activated_date,
            cast(is_activated_lately as boolean) as is_activated_lately,
            cast(last_seen_date as date) as last_seen_date,
            {{ money("net_revenue") }} as net_revenue,
            {{ money("current_mrr") }} as current_mrr,
            cast(currency as varchar) as currency
        from joined
    )

select *
from final
