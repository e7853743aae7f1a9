-- One row is one snapshot, customer or account, and warning sign of surveys, tickets,
-- bills, seats, contracts and orders that can be judged.
with
    standing as (select * from {{ ref("int_entity_standing") }}),

    accounts as (select * from {{ ref("int_account_health") }}),

    snapshots as (select * from {{ ref("int_health_snapshots") }} where is_current),

    gaps as (select * from {{ ref("int_order_gaps") }}),

    -- own 90th percentile: at as_of only
    buyers as (
        select
            customer_id,
            {{ percentile_of("gap_days", 0.9) }} as usual_gap,
            count(gap_days) as gaps,
            max(
                case when next_order_date is null then order_date end
            ) as last_order_date
        from gaps
        group by customer_id
    ),

    measures as (
        select
            snapshot_date,
            entity_type,
            entity_id,
            'nps_drop' as signal,
            nps_change as value,
            0 as prior_value,
            cast(null as double) as base
        from standing
        union all
        select
            snapshot_date,
            entity_type,
            entity_id,
            'ticket_spike',
            tickets_28,
            tickets_prior_28,
            tickets_28
        from standing
        union all
        select
            snapshot_date,
            entity_type,
            entity_id,
            'payment_failed',
            unpaid_invoices,
            null,
            null
        from standing
        union all
        select
            snapshot_date,
            'account',
            account_id,
            'seats_down',
            members,
            members_28_days_before,
            null
        from accounts
        union all
        select
            snapshot_date,
            'account',
            account_id,
            'renewal_soon',
            {{ days_between("snapshot_date", "renewal_date") }},
            null,
            null
        from accounts
        where renewal_date >= snapshot_date
        union all
        select
            snapshot_date,
            'customer',
            customer_id,
            'overdue_order',
            {{ days_between("last_order_date", "snapshot_date") }},
            usual_gap,
            gaps
        from buyers
        cross join snapshots
    ),

    final as (
        select
            cast(snapshot_date as date) as snapshot_date,
            cast(entity_type as varchar) as entity_type,
            cast(entity_id as varchar) as entity_id,
            cast(signal as varchar) as signal,
            cast(value as double) as value,
            cast(prior_value as double) as prior_value,
            cast(base as double) as base
        from measures
        where value is not null
    )

select *
from final
