-- One row is one customer and month with valid orders, as a member (from the day of
-- enrolment on) or not, and the tier then.
with
    orders as (
        select
            customer_id,
            order_date,
            {{ period_start("month", "order_date") }} as month,
            net_revenue_reporting
        from {{ ref("int_orders_valid") }}
        where customer_id is not null
    ),

    members as (select * from {{ ref("int_loyalty_members") }}),

    states as (select * from {{ ref("int_loyalty_states") }}),

    summed as (
        select
            orders.customer_id,
            orders.month,
            coalesce(orders.order_date >= members.enrolled_date, false) as is_member,
            count(*) as orders,
            sum(orders.net_revenue_reporting) as net_revenue
        from orders
        left join members on orders.customer_id = members.customer_id
        group by
            orders.customer_id,
            orders.month,
            coalesce(orders.order_date >= members.enrolled_date, false)
    ),

    final as (
        select
            cast(summed.customer_id as varchar) as customer_id,
            cast(summed.month as date) as month,
            cast(summed.is_member as boolean) as is_member,
            cast(states.tier as varchar) as tier,
            cast(summed.orders as bigint) as orders,
            {{ money("summed.net_revenue") }} as net_revenue
        from summed
        left join
            states
            on summed.is_member
            and summed.customer_id = states.customer_id
            and summed.month >= states.month
            and (summed.month < states.next_month or states.next_month is null)
    )

select *
from final
