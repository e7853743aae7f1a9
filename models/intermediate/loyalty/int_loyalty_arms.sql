-- One row is one month and buyer who enrolled in it or was no member at its end: the
-- RFM
-- cell at the end of the month and what they bought in the 90 days after it.
with
    scores as (
        select
            snapshot_month as month,
            snapshot_date,
            customer_id,
            r * 10 + fm as cell,
            {{ add_days("snapshot_date", 90) }} as window_end
        from {{ ref("int_customer_rfm") }}
        where
            is_complete
            and r is not null
            and {{ add_days("snapshot_date", 90) }} <= {{ as_of_date() }}
    ),

    members as (select * from {{ ref("int_loyalty_members") }}),

    states as (select * from {{ ref("int_loyalty_states") }} where is_enrol_month),

    orders as (
        select customer_id, order_date, net_revenue_reporting
        from {{ ref("int_orders_valid") }}
        where customer_id is not null
    ),

    -- who enrols later is no member yet: a comparison by what was known then
    arms as (
        select scores.*, states.tier
        from scores
        left join members on scores.customer_id = members.customer_id
        left join
            states
            on scores.customer_id = states.customer_id
            and scores.month = states.month
        where
            states.customer_id is not null
            or members.customer_id is null
            or members.enrolled_date >= scores.snapshot_date
    ),

    bought as (
        select
            arms.month,
            arms.cell,
            arms.customer_id,
            arms.tier,
            coalesce(sum(orders.net_revenue_reporting), 0) as revenue
        from arms
        left join
            orders
            on arms.customer_id = orders.customer_id
            and orders.order_date >= arms.snapshot_date
            and orders.order_date < arms.window_end
        group by arms.month, arms.cell, arms.customer_id, arms.tier
    ),

    final as (
        select
            cast(month as date) as month,
            cast(customer_id as varchar) as customer_id,
            cast(cell as integer) as cell,
            cast(tier as varchar) as tier,
            {{ money("revenue") }} as revenue_90d
        from bought
    )

select *
from final
