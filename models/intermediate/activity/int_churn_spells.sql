-- One row is one customer who ever paid for a subscription: from the first paid day
-- until
-- the first day without any subscription.
with
    movements as (select * from {{ ref("int_mrr_movements") }}),

    intervals as (select * from {{ ref("int_subscription_intervals") }}),

    changes as (
        select
            customer_id,
            occurred_at,
            min(occurred_at_local) as occurred_at_local,
            sum(
                case
                    when movement_type in ('new', 'reactivation')
                    then 1
                    when movement_type = 'churn'
                    then -1
                    else 0
                end
            ) as change
        from movements
        group by customer_id, occurred_at
    ),

    -- currencies in which the customer subscribes: the last one to go is the churn
    counted as (
        select
            *,
            sum(change) over (
                partition by customer_id order by occurred_at rows unbounded preceding
            ) as subscribed_in
        from changes
    ),

    spells as (
        select
            customer_id,
            min(occurred_at) as started_at,
            min(occurred_at_local) as started_at_local,
            min(case when subscribed_in = 0 then occurred_at end) as churned_at,
            min(
                case when subscribed_in = 0 then occurred_at_local end
            ) as churned_at_local
        from counted
        group by customer_id
    ),

    first_plans as (
        select customer_id, plan_id
        from intervals
        where status <> 'trialing'
        qualify
            row_number() over (
                partition by customer_id order by valid_from, subscription_item_id
            )
            = 1
    ),

    final as (
        select
            cast(spells.customer_id as varchar) as customer_id,
            cast(spells.started_at as timestamp) as started_at,
            cast(spells.started_at_local as timestamp) as started_at_local,
            cast(spells.started_at_local as date) as started_date,
            cast(spells.churned_at as timestamp) as churned_at,
            cast(spells.churned_at_local as date) as churned_date,
            cast(first_plans.plan_id as varchar) as first_plan_id
        from spells
        left join first_plans on spells.customer_id = first_plans.customer_id
    )

select *
from final
