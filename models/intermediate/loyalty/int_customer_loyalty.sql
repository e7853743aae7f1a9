-- One row is one member of the loyalty programme as of now: tier and points.
with
    members as (select * from {{ ref("int_loyalty_members") }}),

    states as (select * from {{ ref("int_loyalty_states") }} where next_month is null),

    final as (
        select
            cast(members.customer_id as varchar) as customer_id,
            cast(states.tier as varchar) as loyalty_tier,
            cast(members.points_balance as decimal(18, 4)) as points_balance,
            cast(members.enrolled_at as timestamp) as enrolled_at,
            cast(members.enrolled_date as date) as enrolled_date,
            cast(members.badges as bigint) as badges
        from members
        inner join states on members.customer_id = states.customer_id
    )

select *
from final
