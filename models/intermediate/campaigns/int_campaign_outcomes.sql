-- One row is one customer of one campaign, and what they did in the window after the
-- assignment, sent or not (intention to treat).
with
    members as (
        select * from {{ ref("int_campaign_members") }} where not is_conflicting
    ),

    orders as (
        select * from {{ ref("int_orders_valid") }} where customer_id is not null
    ),

    -- the start of a subscription is a purchase too
    starts as (
        select *
        from {{ ref("int_mrr_movements") }}
        where movement_type in ('new', 'reactivation')
    ),

    bought as (
        select
            members.campaign_id,
            members.customer_id,
            count(*) filter (where ordered_at >= assigned_at) as orders,
            sum(net_revenue_reporting) filter (
                where ordered_at >= assigned_at
            ) as net_revenue,
            max(
                case when ordered_at < assigned_at then ordered_at end
            ) as prior_order_at
        from members
        inner join
            orders
            on members.customer_id = orders.customer_id
            and orders.ordered_at < members.window_ends_at
        group by members.campaign_id, members.customer_id
    ),

    subscribed as (
        select
            members.campaign_id,
            members.customer_id,
            count(*) filter (where occurred_at >= assigned_at) as starts,
            max(
                case when occurred_at < assigned_at then occurred_at end
            ) as prior_start_at
        from members
        inner join
            starts
            on members.customer_id = starts.customer_id
            and starts.occurred_at < members.window_ends_at
        group by members.campaign_id, members.customer_id
    ),

    -- who was a subscriber when assigned had not lapsed, whenever the last order was
    standing as (
        select
            members.campaign_id,
            members.customer_id,
            movements.is_sub,
            row_number() over (
                partition by
                    members.campaign_id, members.customer_id, movements.currency
                order by movements.occurred_at desc nulls last
            ) as place
        from members
        inner join
            {{ ref("int_mrr_movements") }} as movements
            on members.customer_id = movements.customer_id
            and movements.occurred_at < members.assigned_at
        where members.goal = 'reactivation'
    ),

    subscribers as (
        select campaign_id, customer_id
        from standing
        where place = 1 and is_sub
        group by campaign_id, customer_id
    ),

    final as (
        select
            cast(members.campaign_id as varchar) as campaign_id,
            cast(members.customer_id as varchar) as customer_id,
            cast(coalesce(orders, 0) as bigint) as orders,
            cast(coalesce(starts, 0) as bigint) as subscription_starts,
            {{ money("coalesce(net_revenue, 0)") }} as net_revenue,
            cast(
                coalesce(orders, 0) + coalesce(starts, 0) > 0 as boolean
            ) as has_converted,
            cast(
                members.goal = 'reactivation'
                and subscribers.customer_id is null
                and coalesce(prior_order_at, prior_start_at) is not null
                and coalesce(
                    prior_order_at + lapsed_days * interval 1 day <= assigned_at, true
                ) as boolean
            ) as had_lapsed
        from members
        left join
            bought
            on members.campaign_id = bought.campaign_id
            and members.customer_id = bought.customer_id
        left join
            subscribed
            on members.campaign_id = subscribed.campaign_id
            and members.customer_id = subscribed.customer_id
        left join
            subscribers
            on members.campaign_id = subscribers.campaign_id
            and members.customer_id = subscribers.customer_id
    )

select *
from final
