-- One row is one snapshot, customer or account, and component of the health score
-- that is
-- known: its value and its score of 0 to 100.
with
    usage as (select * from {{ ref("int_usage_windows") }}),

    standing as (select * from {{ ref("int_entity_standing") }}),

    components as (select * from {{ ref("health_components") }}),

    -- what nobody does cannot be missing: without core actions in the data no score
    has_core as (
        select max(case when core_actions_84 > 0 then 1 else 0 end) as has_core
        from usage
    ),

    known as (
        select
            snapshot_date,
            entity_type,
            entity_id,
            'usage_trend' as component,
            case
                when core_actions_28 = 0 and core_actions_84 > 0
                then 0
                else {{ safe_divide("core_actions_28", "core_actions_prior_28") }}
            end as value
        from usage
        union all
        select
            snapshot_date,
            entity_type,
            entity_id,
            'breadth',
            {{ safe_divide("features_28", "features_available") }}
        from usage
        union all
        select
            snapshot_date,
            entity_type,
            entity_id,
            'depth',
            case
                when active_users_28 = 0
                then 0
                else {{ safe_divide("core_actions_28", "4 * active_users_28") }}
            end
        from usage
        inner join has_core on has_core.has_core = 1
        {% for component, value in [
            ("sentiment", "nps_score"), ("support", "open_complaints"),
            ("payment", "case when invoices > 0 then unpaid_invoices end"),
        ] %}
            union all
            select
                snapshot_date,
                entity_type,
                entity_id,
                '{{ component }}',
                cast({{ value }} as double)
            from standing
        {% endfor %}
    ),

    final as (
        select
            cast(known.snapshot_date as date) as snapshot_date,
            cast(known.entity_type as varchar) as entity_type,
            cast(known.entity_id as varchar) as entity_id,
            cast(known.component as varchar) as component,
            cast(known.value as double) as value,
            cast(
                greatest(
                    0,
                    least(
                        100,
                        100
                        * (known.value - components.zero_at)
                        / (components.full_at - components.zero_at)
                    )
                ) as double
            ) as score,
            cast(components.weight as integer) as weight
        from known
        inner join components on known.component = components.component
        where known.value is not null
    )

select *
from final
