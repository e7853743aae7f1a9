-- One row is one member of the loyalty programme: since when, and the points as of now.
with
    entries as (select * from {{ ref("int_loyalty_entries") }}),

    -- entries of one instant count together
    running as (
        select
            *,
            sum(points) over (
                partition by customer_id
                order by occurred_at
                range between unbounded preceding and current row
            ) as balance
        from entries
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(
                coalesce(
                    min(occurred_at) filter (where entry_type = 'enrol'),
                    min(occurred_at)
                ) as timestamp
            ) as enrolled_at,
            cast(
                coalesce(
                    min(occurred_date) filter (where entry_type = 'enrol'),
                    min(occurred_date)
                ) as date
            ) as enrolled_date,
            cast(sum(points) as decimal(18, 4)) as points_balance,
            cast(min(balance) as decimal(18, 4)) as lowest_balance,
            cast(count(*) filter (where entry_type = 'badge') as bigint) as badges,
            cast(max(occurred_at) as timestamp) as last_entry_at
        from running
        group by customer_id
    )

select *
from final
