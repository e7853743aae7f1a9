-- Months in which the tiers do not add up to the whole programme (tier all).
with
    sums as (
        select
            month,
            sum(members) filter (where tier = 'all') as members,
            sum(members) filter (where tier <> 'all') as tier_members,
            sum(points_balance) filter (where tier = 'all') as points,
            sum(points_balance) filter (where tier <> 'all') as tier_points,
            sum(active_members) filter (where tier = 'all') as active,
            sum(active_members) filter (where tier <> 'all') as tier_active,
            sum(net_revenue) filter (where tier = 'all') as revenue,
            sum(net_revenue) filter (where tier <> 'all') as tier_revenue
        from {{ ref("loyalty") }}
        group by month
    )

select *
from sums
where
    members <> tier_members
    or points <> tier_points
    or active <> tier_active
    or revenue <> tier_revenue
