-- One row is one day with a complaint and one group of like customers who never
-- complained: how many there were that day, and how many bought in the 90 days after.
with
    days as (select * from {{ ref("int_purchase_days") }}),

    complaints as (select * from {{ ref("int_tickets") }} where is_complaint),

    bands as (select * from {{ ref("complaint_match_bands") }}),

    complainers as (select distinct customer_id from complaints),

    -- between two purchases a customer walks through the recency bands
    spells as (
        select
            order_bands.band as orders_band,
            recency_bands.band as recency_band,
            {{ add_days("order_date", "recency_bands.from_value") }} as spell_start,
            least(
                {{ add_days("order_date", "recency_bands.to_value + 1") }},
                next_order_date
            ) as spell_end,
            {{ add_days("next_order_date", "-90") }} as buys_soon_from
        from days
        left join complainers on days.customer_id = complainers.customer_id
        inner join
            bands as order_bands
            on order_bands.measure = 'orders'
            and orders_so_far >= order_bands.from_value
            and (orders_so_far <= order_bands.to_value or order_bands.to_value is null)
        inner join
            bands as recency_bands
            on recency_bands.measure = 'recency_days'
            and (
                {{ add_days("order_date", "recency_bands.from_value") }}
                < next_order_date
                or next_order_date is null
            )
        where complainers.customer_id is null
    ),

    changes as (
        select orders_band, recency_band, spell_start as day, 1 as present, 0 as buying
        from spells
        union all
        select orders_band, recency_band, spell_end, -1, 0
        from spells
        where spell_end is not null
        union all
        select orders_band, recency_band, greatest(spell_start, buys_soon_from), 0, 1
        from spells
        where buys_soon_from < spell_end
        union all
        select orders_band, recency_band, spell_end, 0, -1
        from spells
        where buys_soon_from < spell_end
        union all
        -- the days that are asked for
        select distinct order_bands.band, recency_bands.band, created_date, 0, 0
        from complaints
        inner join bands as order_bands on order_bands.measure = 'orders'
        inner join bands as recency_bands on recency_bands.measure = 'recency_days'
    ),

    daily as (
        select
            orders_band,
            recency_band,
            day,
            sum(present) as present,
            sum(buying) as buying
        from changes
        group by orders_band, recency_band, day
    ),

    counted as (
        select
            orders_band,
            recency_band,
            day,
            sum(present) over (
                partition by orders_band, recency_band
                order by day nulls last
                rows between unbounded preceding and current row
            ) as customers,
            sum(buying) over (
                partition by orders_band, recency_band
                order by day nulls last
                rows between unbounded preceding and current row
            ) as repurchased_90d
        from daily
    ),

    asked as (select distinct created_date from complaints),

    final as (
        select
            cast(counted.day as date) as day,
            cast(orders_band as varchar) as orders_band,
            cast(recency_band as varchar) as recency_band,
            cast(customers as bigint) as customers,
            cast(repurchased_90d as bigint) as repurchased_90d
        from counted
        inner join asked on counted.day = asked.created_date
        where customers > 0
    )

select *
from final
