-- One row is one snapshot and customer or account with activity by then: use in the 28
-- days before it, in the 28 before those, and in the 12 weeks.
with
    snapshots as (select * from {{ ref("int_health_snapshots") }}),

    breadth as (select * from {{ ref("int_feature_breadth") }}),

    days as (
        select
            'customer' as entity_type,
            user_id as entity_id,
            date,
            user_id,
            sessions,
            active_seconds,
            core_actions
        from {{ ref("int_user_days") }}
        where not is_anonymous
        union all
        select
            'account', account_id, date, user_id, sessions, active_seconds, core_actions
        from {{ ref("int_account_days") }}
    ),

    -- accounts once seen, and customers seen in the 12 weeks: who has been away for
    -- longer
    -- is gone, and no sign warns of it
    entities as (
        select snapshot_date, entity_type, entity_id, first_date
        from
            (
                select entity_type, entity_id, min(date) as first_date
                from days
                group by entity_type, entity_id
            ) as firsts
        inner join snapshots on firsts.first_date < snapshots.snapshot_date
    ),

    placed as (
        select
            days.*,
            snapshot_date,
            date >= from_28 as in_28,
            date >= from_56 and date < from_28 as in_prior_28
        from days
        inner join
            snapshots on days.date >= from_84 and days.date < snapshots.snapshot_date
    ),

    summed as (
        select
            snapshot_date,
            entity_type,
            entity_id,
            count(distinct case when in_28 then user_id end) as active_users_28,
            {% for measure in ["sessions", "active_seconds", "core_actions"] %}
                sum(case when in_28 then {{ measure }} else 0 end) as {{ measure }}_28,
                sum(
                    case when in_prior_28 then {{ measure }} else 0 end
                ) as {{ measure }}_prior_28,
                sum({{ measure }}) as {{ measure }}_84 {{- "," if not loop.last }}
            {% endfor %}
        from placed
        group by snapshot_date, entity_type, entity_id
    ),

    final as (
        select
            cast(entities.snapshot_date as date) as snapshot_date,
            cast(entities.entity_type as varchar) as entity_type,
            cast(entities.entity_id as varchar) as entity_id,
            cast(entities.first_date as date) as first_date,
            cast(coalesce(active_users_28, 0) as bigint) as active_users_28,
            {% for measure in ["sessions", "core_actions"] %}
                {% for part in ["28", "prior_28", "84"] %}
                    cast(
                        coalesce({{ measure }}_{{ part }}, 0) as bigint
                    ) as {{ measure }}_{{ part }},
                {% endfor %}
            {% endfor %}
            {% for part in ["28", "prior_28", "84"] %}
                cast(coalesce(active_seconds_{{ part }}, 0) as double)
                / 60 as minutes_{{ part }},
            {% endfor %}
            cast(coalesce(features_28, 0) as bigint) as features_28,
            cast(coalesce(features_prior_28, 0) as bigint) as features_prior_28,
            cast(coalesce(features_available, 0) as bigint) as features_available
        from entities
        left join summed using (snapshot_date, entity_type, entity_id)
        left join breadth using (snapshot_date, entity_type, entity_id)
        where summed.entity_id is not null or entities.entity_type = 'account'
    )

select *
from final
