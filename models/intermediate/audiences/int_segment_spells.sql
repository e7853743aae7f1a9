-- One row is one segment, customer and first midnight in it: when they came and went.
-- Only segments whose past follows from dated facts.
with
    lifecycle as (select * from {{ ref("int_lifecycle_spells") }}),

    subscribers as (select * from {{ ref("int_subscriber_spells") }}),

    snapshots as (
        select
            customer_id,
            segment,
            snapshot_date as from_date,
            lead(snapshot_date) over (
                partition by customer_id order by snapshot_month
            ) as until_date,
            snapshot_month = min(snapshot_month) over () as is_first
        from {{ ref("int_customer_rfm") }}
    ),

    customers as (
        select customer_id
        from {{ ref("int_customers") }}
        where not is_test and not is_internal
    ),

    limits as (
        select cast(value as integer) as inactive_days
        from {{ ref("audience_limits") }}
        where limit_name = 'inactive_user_days'
    ),

    -- not seen for more than so many days, until the midnight that sees them again
    absences as (
        select
            days.user_id as customer_id,
            {{ add_days("days.date", "limits.inactive_days + 1") }} as from_date,
            {{ add_days("days.next_active_date", 1) }} as until_date
        from {{ ref("int_user_days") }} as days
        cross join limits
        inner join customers on days.user_id = customers.customer_id
        where not days.is_anonymous
    ),

    spells as (
        select
            'lifecycle' as segment_type,
            stage as segment,
            customer_id,
            from_date,
            until_date,
            false as is_first
        from lifecycle
        union all
        select 'subscription', segment, customer_id, from_date, until_date, false
        from subscribers
        union all
        select 'rfm', segment, customer_id, from_date, until_date, is_first
        from snapshots
        union all
        select
            'activity',
            'inactive_users',
            customer_id,
            from_date,
            case when until_date <= {{ as_of_date() }} then until_date end,
            false
        from absences
        where
            from_date <= {{ as_of_date() }}
            and (until_date is null or until_date > from_date)
    ),

    -- spells that follow each other without a gap are one
    marked as (
        select
            *,
            case
                when
                    from_date = lag(until_date) over (
                        partition by segment_type, segment, customer_id
                        order by from_date
                    )
                then 0
                else 1
            end as is_entry
        from spells
    ),

    numbered as (
        select
            *,
            sum(is_entry) over (
                partition by segment_type, segment, customer_id
                order by from_date
                rows unbounded preceding
            ) as entry_number
        from marked
    ),

    final as (
        select
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(customer_id as varchar) as customer_id,
            cast(entry_number as bigint) as entry_number,
            cast(min(from_date) as date) as entered_date,
            cast(
                case when count(*) = count(until_date) then max(until_date) end as date
            ) as left_date,
            cast(bool_or(is_first) as boolean) as is_left_censored
        from numbered
        group by segment_type, segment, customer_id, entry_number
    )

select *
from final
