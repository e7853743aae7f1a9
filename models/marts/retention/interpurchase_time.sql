-- Days from the n-th order to the next one; order_number 0 pools the gaps of all
-- numbers.
with
    histogram as (
        select segment_type, segment, order_number, exit_days as gap_days, customers
        from {{ ref("int_order_gap_days") }}
        where has_next_order
    ),

    pools as (
        select segment_type, segment, order_number, gap_days, customers
        from histogram
        union all
        select segment_type, segment, 0 as order_number, gap_days, customers
        from histogram
    ),

    counted as (
        select segment_type, segment, order_number, gap_days, sum(customers) as gaps
        from pools
        group by segment_type, segment, order_number, gap_days
    ),

    ranked as (
        select
            *,
            sum(gaps) over (
                partition by segment_type, segment, order_number
                order by gap_days nulls last
                rows between unbounded preceding and current row
            ) as gaps_up_to,
            sum(gaps) over (
                partition by segment_type, segment, order_number
            ) as all_gaps,
        from counted
    ),

    -- a percentile's rank from 0, in whole hundredths
    positions as (
        select *, percent * (all_gaps - 1) as position
        from ranked
        cross join (values (25), (50), (75), (90)) as list(percent)
    ),

    neighbours as (
        select
            segment_type,
            segment,
            order_number,
            percent,
            sum(gaps) as gaps,
            sum(gaps * gap_days) as total_days,
            max(position % 100) as share_after,
            min(
                case when 100 * gaps_up_to > position - position % 100 then gap_days end
            ) as days_at,
            min(
                case
                    when 100 * gaps_up_to > position - position % 100 + 100
                    then gap_days
                end
            ) as days_after,
        from positions
        group by segment_type, segment, order_number, percent
    ),

    -- linear interpolation between the two nearest ranks
    percentiles as (
        select
            *,
            {{
                safe_divide(
                    "100 * days_at + share_after * (coalesce(days_after, days_at) - days_at)",
                    "100",
                )
            }}
            as percentile_days,
        from neighbours
    ),

    final as (
        select
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(order_number as bigint) as order_number,
            cast(max(gaps) as bigint) as gaps,
            {{ safe_divide("max(total_days)", "max(gaps)") }} as mean_days,
            max(case when percent = 25 then percentile_days end) as p25_days,
            max(case when percent = 50 then percentile_days end) as median_days,
            max(case when percent = 75 then percentile_days end) as p75_days,
            max(case when percent = 90 then percentile_days end) as p90_days,
            max(gaps) < {{ policy("min_cell_size") }} as is_low_n,
        from percentiles
        group by segment_type, segment, order_number
    )

select *
from final
