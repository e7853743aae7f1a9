-- One row is one snapshot, customer or account, and warning sign of its use that can be
-- judged: the value, what it is compared with, and how visits changed.
{{ config(materialized="view") }}
with
    usage as (select * from {{ ref("int_usage_windows") }}),

    snapshots as (select * from {{ ref("int_health_snapshots") }}),

    -- own mean of 12 weeks, for those who were there for 12 weeks
    watched as (
        select
            usage.*,
            first_date < from_84 as is_old_enough,
            {{ safe_divide("sessions_28", "sessions_prior_28") }} - 1 as sessions_change
        from usage
        inner join snapshots on usage.snapshot_date = snapshots.snapshot_date
    ),

    measures as (
        {% for signal, measure in [
            ("logins_down", "sessions"), ("minutes_down", "minutes"), ("core_actions_down", "core_actions"),
            ("core_down_while_logins_flat", "core_actions"),
        ] %}
            select
                snapshot_date,
                entity_type,
                entity_id,
                '{{ signal }}' as signal,
                {{ measure }}_28 as value,
                {{ measure }}_prior_28 as prior_value,
                case when is_old_enough then {{ measure }}_84 / 3.0 end as mean_value,
                sessions_change
            from watched
            union all
        {% endfor %}
        select
            snapshot_date,
            entity_type,
            entity_id,
            'feature_breadth_down',
            features_28,
            features_prior_28,
            null,
            sessions_change
        from watched
    ),

    final as (
        select
            cast(snapshot_date as date) as snapshot_date,
            cast(entity_type as varchar) as entity_type,
            cast(entity_id as varchar) as entity_id,
            cast(signal as varchar) as signal,
            cast(value as double) as value,
            cast(prior_value as double) as prior_value,
            cast(mean_value as double) as mean_value,
            cast(prior_value as double) as base,
            cast(sessions_change as double) as visits_change_rate
        from measures
        where prior_value > 0
    )

select *
from final
