-- One row is one snapshot and customer or account: how many different features they
-- used
-- in the 28 days before it and in the 28 before those.
with
    snapshots as (select * from {{ ref("int_health_snapshots") }}),

    uses as (
        select distinct
            'customer' as entity_type, user_id as entity_id, event_date, event_name
        from {{ ref("int_visitor_events") }}
        where not is_anonymous and {{ is_feature("event_class") }}
        union all
        select distinct 'account', account_id, event_date, event_name
        from {{ ref("int_account_events") }}
        where {{ is_feature("event_class") }}
    ),

    placed as (
        select
            snapshot_date,
            entity_type,
            entity_id,
            event_name,
            max(case when event_date >= from_28 then 1 else 0 end) as in_28,
            max(
                case
                    when event_date >= from_56 and event_date < from_28 then 1 else 0
                end
            ) as in_prior_28
        from uses
        inner join
            snapshots on event_date >= from_84 and event_date < snapshots.snapshot_date
        group by snapshot_date, entity_type, entity_id, event_name
    ),

    available as (
        select snapshot_date, count(distinct event_name) as features_available
        from placed
        group by snapshot_date
    ),

    counted as (
        select
            snapshot_date,
            entity_type,
            entity_id,
            sum(in_28) as features_28,
            sum(in_prior_28) as features_prior_28
        from placed
        group by snapshot_date, entity_type, entity_id
    ),

    final as (
        select
            cast(counted.snapshot_date as date) as snapshot_date,
            cast(entity_type as varchar) as entity_type,
            cast(entity_id as varchar) as entity_id,
            cast(features_28 as bigint) as features_28,
            cast(features_prior_28 as bigint) as features_prior_28,
            cast(features_available as bigint) as features_available
        from counted
        inner join available on counted.snapshot_date = available.snapshot_date
    )

select *
from final
