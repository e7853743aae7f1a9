-- One row is one month of the loyalty programme: the customers outside of it, and
-- what a
-- point is worth.
with
    programme as (select * from {{ ref("int_loyalty_months") }} where tier = 'all'),

    customers as (
        select
            {{ period_start("month", "created_date") }} as month, count(*) as customers
        from {{ ref("int_customers") }}
        where not is_test and not is_internal
        group by {{ period_start("month", "created_date") }}
    ),

    known as (
        select programme.month, sum(customers.customers) as known_customers
        from programme
        inner join customers on customers.month <= programme.month
        group by programme.month
    ),

    others as (
        select
            month,
            count(*) as active_nonmembers,
            sum(orders) as orders,
            sum(net_revenue) as net_revenue
        from {{ ref("int_loyalty_orders") }}
        where not is_member
        group by month
    ),

    final as (
        select
            cast(programme.month as date) as month,
            cast(known.known_customers as bigint) as known_customers,
            cast(known.known_customers - programme.members as bigint) as nonmembers,
            cast(coalesce(others.active_nonmembers, 0) as bigint) as active_nonmembers,
            cast(coalesce(others.orders, 0) as bigint) as nonmember_orders,
            {{ money("case when others.orders > 0 then others.net_revenue else 0 end") }}
            as nonmember_revenue,
            {{ safe_divide("programme.redeemed_value_to_date", "programme.valued_points_to_date") }}
            as point_value
        from programme
        left join known on programme.month = known.month
        left join others on programme.month = others.month
    )

select *
from final
