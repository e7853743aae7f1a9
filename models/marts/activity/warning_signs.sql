-- One row is one warning sign that a customer or an account gave at a snapshot.
with
    measures as (
        select *
        from {{ ref("int_usage_measures") }}
        union all
        select
            snapshot_date,
            entity_type,
            entity_id,
            signal,
            value,
            prior_value,
            null,
            base,
            null
        from {{ ref("int_standing_measures") }}
    ),

    limits as (select * from {{ ref("warning_limits") }}),

    snapshots as (select * from {{ ref("int_health_snapshots") }}),

    compared as (
        select
            measures.*,
            limits.rule,
            limits.limit_value,
            limits.min_base,
            limits.guard_limit,
            snapshots.is_current,
            {{ safe_divide("value", "prior_value") }} - 1 as change_rate
        from measures
        inner join limits on measures.signal = limits.signal
        inner join snapshots on measures.snapshot_date = snapshots.snapshot_date
    ),

    raised as (
        select *
        from compared
        where
            coalesce(base >= min_base, true)
            and coalesce(visits_change_rate >= guard_limit, guard_limit is null)
            and case
                rule
                when 'change_share'
                then change_rate <= limit_value and coalesce(value < mean_value, true)
                when 'change_amount'
                then value - prior_value <= limit_value
                when 'rise'
                then value >= limit_value * prior_value
                when 'at_least'
                then value >= limit_value
                when 'at_most'
                then value <= limit_value
                when 'above_own'
                then value > limit_value * prior_value
            end
    ),

    final as (
        select
            cast(entity_type as varchar) as entity_type,
            cast(entity_id as varchar) as entity_id,
            cast(signal as varchar) as signal,
            cast(snapshot_date as date) as date,
            cast(is_current as boolean) as is_current,
            cast(value as double) as value,
            cast(prior_value as double) as prior_value,
            cast(value - prior_value as double) as change,
            cast(change_rate as double) as change_rate,
            cast(mean_value as double) as mean_value,
            cast(visits_change_rate as double) as visits_change_rate,
            cast(limit_value as double) as limit_value
        from raised
    )

select *
from final
