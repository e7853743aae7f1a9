-- More days, at least as many returns: p_next_km never falls as the window grows.
with
    windows as (
        select
            segment_type,
            segment,
            order_number,
            window_days,
            p_next_km,
            lag(p_next_km) over (
                partition by segment_type, segment, order_number
                order by window_days nulls last
            ) as shorter_window_p_next_km,
        from {{ ref("repeat_purchase_ladder") }}
    )

select *
from windows
where p_next_km < shorter_window_p_next_km
