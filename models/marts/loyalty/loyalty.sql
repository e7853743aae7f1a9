-- One row is one month and tier of the loyalty programme (all = the whole of it):
-- members, points, what they buy against non-members, and what joining changed.
with
    months as (select * from {{ ref("int_loyalty_months") }}),

    others as (select * from {{ ref("int_loyalty_others") }}),

    before_after as (select * from {{ ref("int_loyalty_before_after") }}),

    matched as (select * from {{ ref("int_loyalty_matched") }}),

    currencies as (select reporting_currency from {{ ref("int_reporting_currency") }}),

    joined as (
        select
            months.*,
            others.* exclude (month),
            before_after.* exclude (month, tier, members),
            before_after.members as before_after_members,
            cast(
                cast({{ add_periods("month", "months.month", 1) }} as timestamp)
                <= {{ as_of() }} as boolean
            ) as is_complete,
            {{ safe_divide("active_members", "months.members") }} as active_share
        from months
        inner join others on months.month = others.month
        left join
            before_after
            on months.month = before_after.month
            and months.tier = before_after.tier
    ),

    final as (
        select
            joined.month,
            joined.tier,
            joined.members,
            enrolled_members,
            known_customers,
            {{ safe_divide("joined.members", "known_customers") }} as enrol_rate,
            active_members,
            case when is_complete then active_share end as active_rate,
            tier_upgrades,
            tier_downgrades,
            points_earned,
            points_redeemed,
            points_expired,
            points_adjusted,
            points_balance,
            points_earned_to_date,
            points_redeemed_to_date,
            points_expired_to_date,
            {{ safe_divide("points_redeemed_to_date", "points_earned_to_date") }}
            as redemption_rate,
            {{ safe_divide("points_expired_to_date", "points_earned_to_date") }}
            as breakage_rate,
            point_value,
            reporting_currency as currency,
            {{ money("points_balance * point_value") }} as liability,
            orders,
            net_revenue,
            {{ safe_divide("orders", "joined.members") }} as orders_per_member,
            {{ money(safe_divide("net_revenue", "joined.members")) }}
            as revenue_per_member,
            nonmembers,
            active_nonmembers,
            nonmember_orders,
            nonmember_revenue,
            {{ safe_divide("nonmember_orders", "nonmembers") }} as orders_per_nonmember,
            {{ money(safe_divide("nonmember_revenue", "nonmembers")) }}
            as revenue_per_nonmember,
            before_after_members,
            revenue_before as revenue_before_90d,
            revenue_after as revenue_after_90d,
            joined.effect as before_after_effect,
            joined.effect - joined.margin_95 as before_after_ci_low,
            joined.effect + joined.margin_95 as before_after_ci_high,
            matched.members as matched_members,
            matched.controls as matched_controls,
            matched.member_mean as matched_member_mean,
            matched.control_mean as matched_control_mean,
            matched.effect as matched_effect,
            matched.effect - matched.margin_95 as matched_ci_low,
            matched.effect + matched.margin_95 as matched_ci_high,
            cast('no_holdout' as varchar) as effect_basis,
            is_complete,
            cast(joined.members < {{ policy("min_cell_size") }} as boolean) as is_low_n
        from joined
        cross join currencies
        left join matched on joined.month = matched.month and joined.tier = matched.tier
    )

select *
from final
