-- One row is one customer of whom something is known: the health score at as_of.
with
    scores as (
        select * from {{ ref("int_health_scores") }} where entity_type = 'customer'
    ),

    snapshots as (select * from {{ ref("int_health_snapshots") }} where is_current),

    final as (
        select
            cast(scores.entity_id as varchar) as customer_id,
            cast(scores.health_score as double) as health_score,
            cast(scores.health_band as varchar) as health_band,
            cast(scores.coverage as double) as coverage
        from scores
        inner join snapshots on scores.snapshot_date = snapshots.snapshot_date
    )

select *
from final
