-- The roll-forward of customers: a month of all, of an acquisition channel, of a
-- country.
with
    movements as (select * from {{ ref("int_logo_segment_movements") }}),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    segments as (
        select basis, churn_after_days, segment_type, segment, min(month) as began
        from movements
        group by basis, churn_after_days, segment_type, segment
    ),

    spine as (
        select segments.*, {{ add_periods("month", "began", "period_number") }} as month
        from segments
        inner join
            numbers
            on period_number
            <= {{ months_between("began", "(" ~ as_of() ~ " - interval 1 microsecond)") }}
    ),

    rolled as (
        select
            spine.*,
            coalesce(new_customers, 0) as arrived,
            coalesce(reactivated_customers, 0) as came_back,
            coalesce(churned_customers, 0) as churned,
            coalesce(churned_customers_voluntary, 0) as voluntary,
            coalesce(churned_customers_involuntary, 0) as involuntary
        from spine
        left join
            movements
            on spine.month = movements.month
            and spine.segment_type = movements.segment_type
            and spine.segment = movements.segment
    ),

    summed as (
        select
            *,
            sum(arrived + came_back - churned) over (
                partition by segment_type, segment
                order by month nulls last
                rows unbounded preceding
            ) as closing
        from rolled
    ),

    final as (
        select
            cast(month as date) as month,
            cast(basis as varchar) as basis,
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(churn_after_days as integer) as churn_after_days,
            cast(
                closing - arrived - came_back + churned as bigint
            ) as opening_customers,
            cast(arrived as bigint) as new_customers,
            cast(came_back as bigint) as reactivated_customers,
            cast(churned as bigint) as churned_customers,
            cast(voluntary as bigint) as churned_customers_voluntary,
            cast(involuntary as bigint) as churned_customers_involuntary,
            cast(closing as bigint) as closing_customers,
            cast(
                cast({{ add_periods("month", "month", 1) }} as timestamp)
                <= {{ as_of() }} as boolean
            ) as is_complete
        from summed
    )

select *
from final
