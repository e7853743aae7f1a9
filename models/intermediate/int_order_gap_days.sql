-- How many customers waited so long after their n-th order: a histogram of
-- int_order_gaps.
{%- set repeat_windows = var("repeat_windows") | map("int") | sort(reverse=true) %}
with
    gaps as (
        select
            order_number,
            {{ observed_days("ordered_at_local", "order_date") }} as observed_days,
            gap_days,
            acquisition_channel,
            country,
        from {{ ref("int_order_gaps") }}
    ),

    -- all that the ladder asks of the time observed is which windows it holds: a
    -- histogram of days and days would have more rows than there are orders
    waits as (
        select
            order_number,
            case
                {% for days in repeat_windows %}
                    when observed_days >= {{ days }} then {{ days }}
                {% endfor %}
                else 0
            end as mature_days,
            gap_days is not null as has_next_order,
            coalesce(gap_days, observed_days) as exit_days,
            acquisition_channel,
            country,
        from gaps
    ),

    segment_types as (
        select segment_type
        from
            (values ('all'), ('acquisition_channel'), ('country')) as list(segment_type)
    ),

    counted as (
        select
            acquisition_channel,
            country,
            order_number,
            mature_days,
            exit_days,
            has_next_order,
            count(*) as customers,
        from waits
        group by
            acquisition_channel,
            country,
            order_number,
            mature_days,
            exit_days,
            has_next_order
    ),

    segmented as (
        select
            segment_types.segment_type,
            case
                segment_types.segment_type
                when 'acquisition_channel'
                then counted.acquisition_channel
                when 'country'
                then counted.country
                else 'all'
            end as segment,
            counted.order_number,
            counted.mature_days,
            counted.exit_days,
            counted.has_next_order,
            counted.customers,
        from counted
        cross join segment_types
    ),

    final as (
        select
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(order_number as bigint) as order_number,
            cast(mature_days as integer) as mature_days,
            cast(exit_days as integer) as exit_days,
            cast(has_next_order as boolean) as has_next_order,
            cast(sum(customers) as bigint) as customers,
        from segmented
        group by
            segment_type, segment, order_number, mature_days, exit_days, has_next_order
    )

select *
from final
