-- One row is one subscriber below the highest tier, and what those who paid for the
-- same
-- tier did (look-alikes).
with
    tiers as (select * from {{ ref("int_customer_tiers") }}),

    plans as (
        select tier_rank, min(name) as tier_name
        from {{ ref("stg_plans") }}
        where tier_rank is not null and not coalesce(is_free, false)
        group by tier_rank
    ),

    ranks as (
        select
            tier_rank,
            lead(tier_rank) over (order by tier_rank) as next_tier_rank,
            lead(tier_name) over (order by tier_rank) as next_tier_name
        from plans
    ),

    lookalikes as (
        select
            tier_rank,
            count(*) as lookalikes,
            count(upgraded_date) as upgraded,
            {{ median_of("days_to_upgrade") }} as typical_days
        from tiers
        group by tier_rank
    ),

    final as (
        select
            cast(tiers.customer_id as varchar) as customer_id,
            cast(tiers.tier_rank as integer) as tier_rank,
            cast(tiers.since_date as date) as since_date,
            cast(ranks.next_tier_rank as integer) as next_tier_rank,
            cast(ranks.next_tier_name as varchar) as next_tier_name,
            cast(lookalikes.lookalikes as bigint) as lookalikes,
            cast(lookalikes.upgraded as bigint) as lookalikes_upgraded,
            cast(lookalikes.typical_days as double) as typical_days_to_upgrade,
            {{ add_days("tiers.since_date", "ceil(lookalikes.typical_days)") }}
            as due_date
        from tiers
        inner join ranks on tiers.tier_rank = ranks.tier_rank
        inner join lookalikes on tiers.tier_rank = lookalikes.tier_rank
        where tiers.is_current and ranks.next_tier_rank is not null
    )

select *
from final
