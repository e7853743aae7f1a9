-- One row is one customer and tier of plans that they ever paid for: since when, and
-- when
-- they first took a higher one after that.
with
    intervals as (select * from {{ ref("int_mrr_intervals") }} where mrr > 0),

    plans as (select * from {{ ref("stg_plans") }} where tier_rank is not null),

    tiered as (
        select
            intervals.customer_id,
            plans.tier_rank,
            min(cast(intervals.valid_from_local as date)) as since_date,
            max(case when intervals.valid_to is null then 1 else 0 end) = 1 as is_open
        from intervals
        inner join plans on intervals.plan_id = plans.plan_id
        group by intervals.customer_id, plans.tier_rank
    ),

    higher as (
        select
            tiered.customer_id, tiered.tier_rank, min(above.since_date) as upgraded_date
        from tiered
        inner join
            tiered as above
            on tiered.customer_id = above.customer_id
            and above.tier_rank > tiered.tier_rank
            and above.since_date > tiered.since_date
        group by tiered.customer_id, tiered.tier_rank
    ),

    final as (
        select
            cast(tiered.customer_id as varchar) as customer_id,
            cast(tiered.tier_rank as integer) as tier_rank,
            cast(tiered.since_date as date) as since_date,
            cast(higher.upgraded_date as date) as upgraded_date,
            {{ days_between("tiered.since_date", "higher.upgraded_date") }}
            as days_to_upgrade,
            cast(
                tiered.is_open
                and tiered.tier_rank
                = max(case when tiered.is_open then tiered.tier_rank end) over (
                    partition by tiered.customer_id
                ) as boolean
            ) as is_current
        from tiered
        left join
            higher
            on tiered.customer_id = higher.customer_id
            and tiered.tier_rank = higher.tier_rank
    )

select *
from final
