-- One row is one day and status of visitors (new, returning, customer): how many
-- came, and
-- how many bought on the day.
with
    days as (select * from {{ ref("int_visitor_days") }}),

    buyers as (
        select distinct customer_id, order_date
        from {{ ref("int_orders_sequenced") }}
        where customer_id is not null
    ),

    statuses as (
        select visitor_status
        from (values ('new'), ('returning'), ('customer')) as list(visitor_status)
    ),

    bounds as (select min(date) as first_date from days),

    spine as (
        select {{ date_spine("day", "first_date", as_of_date()) }} as day_at
        from bounds
        where first_date is not null
    ),

    counted as (
        select
            days.date,
            days.visitor_status,
            count(*) as visitors,
            sum(case when is_anonymous then 1 else 0 end) as anonymous_visitors,
            sum(case when has_earlier_visit then 1 else 0 end) as returning_visitors,
            sum(days.sessions) as sessions,
            count(buyers.customer_id) as buyers
        from days
        left join
            buyers
            on days.user_id = buyers.customer_id
            and days.date = buyers.order_date
        group by days.date, days.visitor_status
    ),

    cells as (
        select
            cast(spine.day_at as date) as date,
            statuses.visitor_status,
            coalesce(visitors, 0) as visitors,
            coalesce(anonymous_visitors, 0) as anonymous_visitors,
            coalesce(returning_visitors, 0) as returning_visitors,
            coalesce(sessions, 0) as sessions,
            coalesce(buyers, 0) as buyers
        from spine
        cross join statuses
        left join
            counted
            on cast(spine.day_at as date) = counted.date
            and statuses.visitor_status = counted.visitor_status
        where spine.day_at < {{ as_of() }}
    ),

    totals as (
        select
            *,
            sum(visitors) over (partition by date) as day_visitors,
            sum(returning_visitors) over (partition by date) as day_returning_visitors,
            cast({{ add_days("date", 1) }} as timestamp) <= {{ as_of() }} as is_complete
        from cells
    ),

    final as (
        select
            cast(date as date) as date,
            cast(visitor_status as varchar) as visitor_status,
            cast(visitors as bigint) as visitors,
            cast(anonymous_visitors as bigint) as anonymous_visitors,
            cast(sessions as bigint) as sessions,
            cast(buyers as bigint) as buyers,
            case
                when is_complete then {{ safe_divide("buyers", "visitors") }}
            end as conversion_rate,
            {{ safe_divide("buyers", "visitors") }} as conversion_rate_partial,
            cast(day_visitors as bigint) as day_visitors,
            cast(day_returning_visitors as bigint) as day_returning_visitors,
            case
                when is_complete
                then {{ safe_divide("day_returning_visitors", "day_visitors") }}
            end as returning_visitor_rate,
            {{ safe_divide("day_returning_visitors", "day_visitors") }}
            as returning_visitor_rate_partial,
            is_complete,
            visitors < {{ policy("min_cell_size") }} as is_low_n
        from totals
    )

select *
from final
