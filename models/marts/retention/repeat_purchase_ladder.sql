-- Of the customers with an n-th order, how many place the next one, and within a
-- window?
with
    histogram as (select * from {{ ref("int_order_gap_days") }}),

    survival as (select * from {{ ref("int_repeat_survival") }}),

    windows as (
        select cast(window_days as integer) as window_days
        from
            (
                values
                    {% for days in var("repeat_windows") %}
                        ({{ days | int }}){{ "," if not loop.last }}
                    {% endfor %}
            ) as list(window_days)
    ),

    counted as (
        select
            histogram.segment_type,
            histogram.segment,
            histogram.order_number,
            windows.window_days,
            sum(customers) as customers_reached,
            sum(case when has_next_order then customers else 0 end) as customers_next,
            sum(
                case when mature_days >= window_days then customers else 0 end
            ) as mature_customers,
            sum(
                case
                    when
                        mature_days >= window_days
                        and has_next_order
                        and exit_days <= window_days
                    then customers
                    else 0
                end
            ) as next_within_window,
            sum(
                case when exit_days >= window_days then customers else 0 end
            ) as km_at_risk_at_window,
        from histogram
        cross join windows
        group by
            histogram.segment_type,
            histogram.segment,
            histogram.order_number,
            windows.window_days
    ),

    -- a curve never rises: its value on a day is the lowest one up to it
    survival_at_window as (
        select
            survival.segment_type,
            survival.segment,
            survival.order_number,
            windows.window_days,
            min(survival.survival) as survival,
        from survival
        inner join windows on survival.t_days <= windows.window_days
        group by
            survival.segment_type,
            survival.segment,
            survival.order_number,
            windows.window_days
    ),

    final as (
        select
            cast(counted.order_number as bigint) as order_number,
            counted.window_days,
            counted.segment_type,
            counted.segment,
            cast(customers_reached as bigint) as customers_reached,
            cast(customers_next as bigint) as customers_next,
            {{ safe_divide("customers_next", "customers_reached") }} as p_next_raw,
            cast(mature_customers as bigint) as mature_customers,
            cast(next_within_window as bigint) as next_within_window,
            {{ safe_divide("next_within_window", "mature_customers") }}
            as p_next_window,
            cast(round(1 - coalesce(survival, 1), 12) as double) as p_next_km,
            cast(km_at_risk_at_window as bigint) as km_at_risk_at_window,
            km_at_risk_at_window = 0
            and coalesce(survival, 1) > 0 as is_km_extrapolated,
            mature_customers < {{ policy("min_cell_size") }} as is_low_n,
        from counted
        left join
            survival_at_window
            on counted.segment_type = survival_at_window.segment_type
            and counted.segment = survival_at_window.segment
            and counted.order_number = survival_at_window.order_number
            and counted.window_days = survival_at_window.window_days
    )

select *
from final
