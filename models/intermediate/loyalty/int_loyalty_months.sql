-- One row is one month and tier of the loyalty programme, or all tiers together:
-- members
-- and points at its end, and what happened in it.
with
    moves as (select * from {{ ref("int_loyalty_moves") }}),

    activity as (select * from {{ ref("int_loyalty_activity") }}),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    tiers as (select tier, min(month) as began from moves group by tier),

    done as (
        select
            activity.month,
            tiers.tier,
            count(*) filter (where is_active) as active_members,
            sum(points_earned) as earned,
            sum(points_redeemed) as redeemed,
            sum(points_expired) as expired,
            sum(points_adjusted) as adjusted,
            sum(redeemed_value) as redeemed_value,
            sum(valued_points) as valued_points,
            sum(orders) as orders,
            sum(net_revenue) as net_revenue
        from activity
        inner join tiers on activity.tier = tiers.tier or tiers.tier = 'all'
        group by activity.month, tiers.tier
    ),

    spine as (
        select tiers.tier, {{ add_periods("month", "began", "period_number") }} as month
        from tiers
        inner join
            numbers
            on period_number
            <= {{ months_between("began", "(" ~ as_of() ~ " - interval 1 microsecond)") }}
    ),

    final as (
        select
            cast(spine.month as date) as month,
            cast(spine.tier as varchar) as tier,
            cast(sum(coalesce(members_change, 0)) over so_far as bigint) as members,
            cast(
                sum(coalesce(points_change, 0)) over so_far as decimal(18, 4)
            ) as points_balance,
            cast(coalesce(enrolled_members, 0) as bigint) as enrolled_members,
            cast(coalesce(tier_upgrades, 0) as bigint) as tier_upgrades,
            cast(coalesce(tier_downgrades, 0) as bigint) as tier_downgrades,
            cast(coalesce(active_members, 0) as bigint) as active_members,
            cast(coalesce(earned, 0) as decimal(18, 4)) as points_earned,
            cast(coalesce(redeemed, 0) as decimal(18, 4)) as points_redeemed,
            cast(coalesce(expired, 0) as decimal(18, 4)) as points_expired,
            cast(coalesce(adjusted, 0) as decimal(18, 4)) as points_adjusted,
            cast(
                sum(coalesce(earned, 0)) over so_far as decimal(18, 4)
            ) as points_earned_to_date,
            cast(
                sum(coalesce(redeemed, 0)) over so_far as decimal(18, 4)
            ) as points_redeemed_to_date,
            cast(
                sum(coalesce(expired, 0)) over so_far as decimal(18, 4)
            ) as points_expired_to_date,
            {{ money("sum(coalesce(redeemed_value, 0)) over so_far") }}
            as redeemed_value_to_date,
            cast(
                sum(coalesce(valued_points, 0)) over so_far as decimal(18, 4)
            ) as valued_points_to_date,
            cast(coalesce(orders, 0) as bigint) as orders,
            {{ money("coalesce(net_revenue, 0)") }} as net_revenue
        from spine
        left join moves on spine.month = moves.month and spine.tier = moves.tier
        left join done on spine.month = done.month and spine.tier = done.tier
        window
            so_far as (
                partition by spine.tier order by spine.month rows unbounded preceding
            )
    )

select *
from final
