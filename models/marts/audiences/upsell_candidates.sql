-- One row is one offer to make: more seats, the next tier, or what has run out.
with
    seats as (select * from {{ ref("int_seat_usage") }}),

    tiers as (select * from {{ ref("int_tier_offers") }}),

    replenishments as (select * from {{ ref("int_replenishments") }}),

    customers as (
        select customer_id
        from {{ ref("int_customers") }}
        where not is_test and not is_internal
    ),

    limits as (
        select
            max(value) filter (where limit_name = 'seat_usage_share') as seat_share,
            max(value) filter (
                where limit_name = 'replenishment_horizon_days'
            ) as horizon_days,
            max(value) filter (
                where limit_name = 'replenishment_overdue_days'
            ) as overdue_days
        from {{ ref("audience_limits") }}
    ),

    candidates as (
        select
            'more_seats' as candidate_type,
            'account' as entity_type,
            account_id as entity_id,
            'seats' as target_id,
            account_name as target_name,
            cast(null as date) as due_date,
            seats_used,
            seats_purchased,
            cast(null as bigint) as lookalikes,
            cast(null as bigint) as lookalikes_upgraded,
            cast(null as double) as typical_days_to_upgrade
        from seats
        inner join limits on seats.seats_used_share >= limits.seat_share
        union all
        select
            'next_tier',
            'customer',
            customer_id,
            cast(next_tier_rank as varchar),
            next_tier_name,
            due_date,
            null,
            null,
            lookalikes,
            lookalikes_upgraded,
            typical_days_to_upgrade
        from tiers
        where due_date <= {{ as_of_date() }}
        union all
        select
            'replenishment',
            'customer',
            replenishments.customer_id,
            product_id,
            product_name,
            due_date,
            null,
            null,
            null,
            null,
            null
        from replenishments
        inner join
            limits
            on replenishments.days_overdue >= - limits.horizon_days
            and replenishments.days_overdue <= limits.overdue_days
        inner join customers on replenishments.customer_id = customers.customer_id
    ),

    final as (
        select
            cast(candidate_type as varchar) as candidate_type,
            cast(entity_type as varchar) as entity_type,
            cast(entity_id as varchar) as entity_id,
            cast(target_id as varchar) as target_id,
            cast(target_name as varchar) as target_name,
            cast(due_date as date) as due_date,
            {{ days_between("due_date", as_of_date()) }} as days_overdue,
            cast(seats_used as bigint) as seats_used,
            cast(seats_purchased as bigint) as seats_purchased,
            {{ safe_divide("seats_used", "seats_purchased") }} as seats_used_share,
            cast(lookalikes as bigint) as lookalikes,
            cast(lookalikes_upgraded as bigint) as lookalikes_upgraded,
            {{ safe_divide("lookalikes_upgraded", "lookalikes") }} as upgrade_rate,
            cast(typical_days_to_upgrade as double) as typical_days_to_upgrade,
            cast(lookalikes < {{ policy("min_cell_size") }} as boolean) as is_low_n
        from candidates
    )

select *
from final
