-- Customers who are not in every snapshot from their first one on: once known, always
-- counted.
with
    snapshots as (
        select
            snapshot_month,
            row_number() over (order by snapshot_month desc) as snapshots_left
        from {{ ref("int_rfm_snapshots") }}
    ),

    members as (
        select customer_id, min(snapshot_month) as first_month, count(*) as in_snapshots
        from {{ ref("int_customer_rfm") }}
        group by customer_id
    )

select members.customer_id, members.first_month, members.in_snapshots, snapshots_left
from members
left join snapshots on members.first_month = snapshots.snapshot_month
where members.in_snapshots <> snapshots_left or snapshots_left is null
