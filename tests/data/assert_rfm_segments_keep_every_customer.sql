-- Customers who are in a snapshot but not in the next one: once known, always counted.
with
    members as (
        select
            snapshot_month,
            customer_id,
            lead(snapshot_month) over (
                partition by customer_id order by snapshot_month
            ) as next_month
        from {{ ref("int_customer_rfm") }}
    ),

    last_snapshot as (
        select max(snapshot_month) as last_month from {{ ref("int_rfm_snapshots") }}
    )

select members.snapshot_month, members.customer_id, members.next_month
from members
cross join last_snapshot
where
    members.snapshot_month < last_snapshot.last_month
    and members.next_month
    is distinct from {{ add_periods("month", "members.snapshot_month", 1) }}
