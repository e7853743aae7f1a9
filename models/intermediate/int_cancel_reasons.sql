-- One customer and currency that churned in a month: why, for how much, after how long.
with
    states as (select * from {{ ref("int_mrr_customer_month") }}),

    intervals as (select * from {{ ref("int_subscription_intervals") }}),

    sessions as (select * from {{ ref("int_cancel_sessions") }}),

    churned as (
        select
            * exclude (next_month), {{ add_periods("month", "month", 1) }} as month_end
        from states
        where movement_type = 'churn'
    ),

    starts as (
        select customer_id, currency, min(month) as first_month
        from states
        group by customer_id, currency
    ),

    -- the last state that the customer was in; a row of its end may follow it
    stated as (
        select
            *,
            case
                when status = 'ended'
                then
                    lag(cancel_reason) over (
                        partition by subscription_item_id order by valid_from nulls last
                    )
            end as reason_before
        from intervals
    ),

    lasts as (
        select
            churned.customer_id,
            churned.currency,
            churned.month,
            stated.subscription_id,
            coalesce(stated.cancel_reason, stated.reason_before) as cancel_reason
        from churned
        inner join
            stated
            on churned.customer_id = stated.customer_id
            and churned.currency = stated.currency
            and stated.valid_from_local < cast(churned.month_end as timestamp)
        qualify
            row_number() over (
                partition by churned.customer_id, churned.currency, churned.month
                order by
                    stated.valid_from desc nulls last,
                    stated.subscription_item_id nulls last
            )
            = 1
    ),

    -- the cancellation flow knows a reason where the subscription has none
    flows as (
        select lasts.customer_id, lasts.currency, lasts.month, sessions.reason_code
        from lasts
        inner join sessions on lasts.subscription_id = sessions.subscription_id
        where
            sessions.outcome = 'cancelled'
            and sessions.started_date < {{ add_periods("month", "lasts.month", 1) }}
        qualify
            row_number() over (
                partition by lasts.customer_id, lasts.currency, lasts.month
                order by
                    sessions.started_at desc nulls last, sessions.session_id nulls last
            )
            = 1
    ),

    final as (
        select
            cast(churned.customer_id as varchar) as customer_id,
            cast(churned.currency as varchar) as currency,
            cast(churned.month as date) as month,
            cast(coalesce(churned.end_type, 'unknown') as varchar) as end_type,
            cast(
                coalesce(
                    cancel_reason,
                    nullif(reason_code, 'unknown'),
                    case
                        when churned.end_type = 'involuntary' then 'payment_failure'
                    end,
                    'unknown'
                ) as varchar
            ) as reason,
            cast(coalesce(churned.plan_id, 'unknown') as varchar) as plan_id,
            {{ money("churned.prior_mrr") }} as churned_mrr,
            cast(
                {{ months_between("first_month", "churned.month") }} as bigint
            ) as tenure_months
        from churned
        left join starts using (customer_id, currency)
        left join lasts using (customer_id, currency, month)
        left join flows using (customer_id, currency, month)
    )

select *
from final
