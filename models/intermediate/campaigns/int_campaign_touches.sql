-- One row is one order that a campaign touched last: the latest touch before it whose
-- window still ran.
with
    members as (select * from {{ ref("int_campaign_members") }}),

    rules as (select * from {{ ref("attribution_windows") }}),

    orders as (
        select * from {{ ref("int_orders_valid") }} where customer_id is not null
    ),

    steps as (
        {% for step, place in [("sent", 1), ("delivered", 2), ("opened", 3), ("clicked", 4)] %}
            select
                campaign_id,
                customer_id,
                channel,
                variant,
                {{ step }}_at as touched_at,
                {{ place }} as place,
                bounced_at is null and delivered_at is null as is_arrival_unknown
            from members
            where {{ step }}_at is not null {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    touches as (
        select steps.*, touched_at + window_hours * interval 1 hour as window_ends_at
        from steps
        inner join rules on steps.channel = rules.channel
        where
            place >= case
                touch
                when 'clicked'
                then 4
                when 'opened'
                then 3
                when 'delivered'
                then case when is_arrival_unknown then 1 else 2 end
                else 1
            end
    ),

    touched as (
        select
            orders.order_id,
            orders.customer_id,
            orders.net_revenue_reporting,
            touches.campaign_id,
            touches.variant,
            touches.touched_at
        from orders
        inner join
            touches
            on orders.customer_id = touches.customer_id
            and orders.ordered_at >= touches.touched_at
            and orders.ordered_at < touches.window_ends_at
        qualify
            row_number() over (
                partition by orders.order_id
                order by
                    touches.touched_at desc nulls last,
                    touches.campaign_id nulls last,
                    touches.place nulls last
            )
            = 1
    ),

    final as (
        select
            cast(order_id as varchar) as order_id,
            cast(customer_id as varchar) as customer_id,
            cast(campaign_id as varchar) as campaign_id,
            cast(variant as varchar) as variant,
            cast(touched_at as timestamp) as touched_at,
            {{ money("net_revenue_reporting") }} as net_revenue
        from touched
    )

select *
from final
