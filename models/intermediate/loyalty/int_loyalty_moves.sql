-- One row is one month and tier in which the members or points of the tier changed.
with
    states as (select * from {{ ref("int_loyalty_states") }}),

    ranks as (select * from {{ ref("loyalty_tier_ranks") }}),

    -- a state brings a member and points into its tier, and takes them out when it ends
    moves as (
        select
            states.month,
            states.tier,
            1 as members,
            states.points_balance as balance,
            case when states.is_enrol_month then 1 else 0 end as enrolled,
            case when reached.tier_rank > prior.tier_rank then 1 else 0 end as upgrades,
            case when reached.tier_rank < prior.tier_rank then 1 else 0 end as downgrades
        from states
        left join ranks as reached on states.tier = reached.tier
        left join ranks as prior on states.prior_tier = prior.tier
        union all
        select next_month, tier, -1, - points_balance, 0, 0, 0
        from states
        where next_month is not null
    ),

    scoped as (
        select *, tier as scope
        from moves
        union all
        select *, 'all'
        from moves
    ),

    final as (
        select
            cast(month as date) as month,
            cast(scope as varchar) as tier,
            cast(sum(members) as bigint) as members_change,
            cast(sum(balance) as decimal(18, 4)) as points_change,
            cast(sum(enrolled) as bigint) as enrolled_members,
            cast(sum(upgrades) as bigint) as tier_upgrades,
            cast(sum(downgrades) as bigint) as tier_downgrades
        from scoped
        group by month, scope
    )

select *
from final
