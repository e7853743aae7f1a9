-- One row is one member and month in which points or tier changed: how the member stood
-- at the end of it (or at as_of), and until which month that holds.
with
    members as (
        select *, {{ period_start("month", "enrolled_date") }} as enrol_month
        from {{ ref("int_loyalty_members") }}
    ),

    entries as (select * from {{ ref("int_loyalty_entries") }}),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    tiers as (
        select
            resolution.customer_id,
            tiers.tier,
            tiers.valid_from_local,
            case
                when tiers.valid_to_local < {{ as_of() }} then tiers.valid_to_local
            end as valid_to_local
        from {{ ref("stg_loyalty_tiers") }} as tiers
        inner join resolution on tiers.customer_id = resolution.source_customer_id
        where tiers.valid_from_local < {{ as_of() }}
    ),

    changed as (
        select customer_id, enrol_month as month
        from members
        union
        select customer_id, month
        from entries
        union
        select customer_id, {{ period_start("month", "valid_from_local") }}
        from tiers
        union
        select customer_id, {{ period_start("month", "valid_to_local") }}
        from tiers
        where valid_to_local is not null
    ),

    months as (
        select
            changed.customer_id,
            changed.month,
            members.enrol_month,
            least(
                cast({{ add_periods("month", "changed.month", 1) }} as timestamp),
                {{ as_of() }}
            ) as month_end
        from changed
        inner join members on changed.customer_id = members.customer_id
        where changed.month >= members.enrol_month
    ),

    -- the latest tier that began before the end and lasted to it
    tiered as (
        select months.*, coalesce(tiers.tier, 'base') as tier
        from months
        left join
            tiers
            on months.customer_id = tiers.customer_id
            and tiers.valid_from_local < months.month_end
            and (
                tiers.valid_to_local is null or tiers.valid_to_local >= months.month_end
            )
        qualify
            row_number() over (
                partition by months.customer_id, months.month
                order by tiers.valid_from_local desc nulls last, tiers.tier nulls last
            )
            = 1
    ),

    -- points from before the enrolment are there when it begins
    summed as (
        select
            entries.customer_id,
            greatest(entries.month, members.enrol_month) as month,
            sum(entries.points) as points
        from entries
        inner join members on entries.customer_id = members.customer_id
        group by entries.customer_id, greatest(entries.month, members.enrol_month)
    ),

    final as (
        select
            cast(tiered.customer_id as varchar) as customer_id,
            cast(tiered.month as date) as month,
            cast(lead(tiered.month) over member_history as date) as next_month,
            cast(tiered.month = tiered.enrol_month as boolean) as is_enrol_month,
            cast(tiered.tier as varchar) as tier,
            cast(lag(tiered.tier) over member_history as varchar) as prior_tier,
            cast(
                sum(coalesce(summed.points, 0)) over (
                    partition by tiered.customer_id
                    order by tiered.month
                    rows unbounded preceding
                ) as decimal(18, 4)
            ) as points_balance
        from tiered
        left join
            summed
            on tiered.customer_id = summed.customer_id
            and tiered.month = summed.month
        window member_history as (partition by tiered.customer_id order by tiered.month)
    )

select *
from final
