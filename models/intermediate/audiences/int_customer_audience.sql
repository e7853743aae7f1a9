-- One row is one customer at as_of: the first audience of audience_rules that fits, and
-- what decided it.
with
    signals as (select * from {{ ref("int_customer_signals") }}),

    rules as (select * from {{ ref("audience_rules") }}),

    fitting as (
        select signals.*, rules.audience, rules.precedence, rules.campaign
        from signals
        cross join rules
        where
            case
                rules.audience
                when 'cancelled_winback'
                then subscriber_status = 'churned'
                when 'trial_expiring'
                then is_trial_expiring
                when 'dunning'
                then dunning_invoices > 0
                when 'onboarding'
                then stage = 'onboarding' or is_activated_lately
                when 'active'
                then
                    stage = 'active'
                    or (is_sub and not is_health_red and not is_cancel_requested)
                when 'at_risk'
                then stage = 'at_risk' or is_health_red or is_cancel_requested
                when 'prospect'
                then true
                else stage = rules.audience
            end
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(as_of_date as date) as as_of_date,
            cast(audience as varchar) as audience,
            cast(campaign as varchar) as campaign,
            cast(stage as varchar) as lifecycle_stage,
            cast(orders as bigint) as orders,
            cast(recency_days as integer) as recency_days,
            cast(subscriber_status as varchar) as subscriber_status,
            cast(is_cancel_requested as boolean) as is_cancel_requested,
            cast(trial_ends_date as date) as trial_ends_date,
            cast(dunning_invoices as bigint) as dunning_invoices,
            cast(health_band as varchar) as health_band,
            cast(is_health_red as boolean) as is_health_red,
            cast(activated_date as date) as activated_date,
            cast(last_seen_date as date) as last_seen_date,
            {{ money("net_revenue") }} as net_revenue,
            {{ money("current_mrr") }} as current_mrr,
            cast(currency as varchar) as currency
        from fitting
        qualify
            row_number() over (partition by customer_id order by precedence nulls last)
            = 1
    )

select *
from final
