-- One row is one member and month in which they had points or orders. Points spent and
-- lost are positive numbers here.
with
    members as (
        select *, {{ period_start("month", "enrolled_date") }} as enrol_month
        from {{ ref("int_loyalty_members") }}
    ),

    entries as (select * from {{ ref("int_loyalty_entries") }}),

    orders as (select * from {{ ref("int_loyalty_orders") }} where is_member),

    states as (select * from {{ ref("int_loyalty_states") }}),

    -- points from before the enrolment are there when it begins
    points as (
        select
            entries.customer_id,
            greatest(entries.month, members.enrol_month) as month,
            sum(case when entry_type = 'earn' then points else 0 end) as earned,
            - sum(case when entry_type = 'redeem' then points else 0 end) as redeemed,
            - sum(case when entry_type = 'expire' then points else 0 end) as expired,
            sum(
                case
                    when entry_type in ('earn', 'redeem', 'expire') then 0 else points
                end
            ) as adjusted,
            sum(
                case when entry_type = 'redeem' then monetary_value end
            ) as redeemed_value,
            - sum(
                case
                    when entry_type = 'redeem' and monetary_value is not null
                    then points
                    else 0
                end
            ) as valued_points,
            bool_or(entry_type in ('earn', 'redeem')) as is_active
        from entries
        inner join members on entries.customer_id = members.customer_id
        group by entries.customer_id, greatest(entries.month, members.enrol_month)
    ),

    joined as (
        select
            coalesce(points.customer_id, orders.customer_id) as customer_id,
            coalesce(points.month, orders.month) as month,
            points.* exclude (customer_id, month, is_active),
            coalesce(points.is_active, false)
            or orders.customer_id is not null as is_active,
            orders.orders,
            orders.net_revenue
        from points
        full join
            orders
            on points.customer_id = orders.customer_id
            and points.month = orders.month
    ),

    final as (
        select
            cast(joined.customer_id as varchar) as customer_id,
            cast(joined.month as date) as month,
            cast(states.tier as varchar) as tier,
            cast(coalesce(earned, 0) as decimal(18, 4)) as points_earned,
            cast(coalesce(redeemed, 0) as decimal(18, 4)) as points_redeemed,
            cast(coalesce(expired, 0) as decimal(18, 4)) as points_expired,
            cast(coalesce(adjusted, 0) as decimal(18, 4)) as points_adjusted,
            {{ money("coalesce(redeemed_value, 0)") }} as redeemed_value,
            cast(coalesce(valued_points, 0) as decimal(18, 4)) as valued_points,
            cast(is_active as boolean) as is_active,
            cast(coalesce(orders, 0) as bigint) as orders,
            {{ money("case when orders > 0 then net_revenue else 0 end") }}
            as net_revenue
        from joined
        inner join
            states
            on joined.customer_id = states.customer_id
            and joined.month >= states.month
            and (joined.month < states.next_month or states.next_month is null)
    )

select *
from final
