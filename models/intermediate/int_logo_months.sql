-- The roll-forward of customers: a month of all, of an acquisition channel, of a
-- country.
with
    subscribers as (select * from {{ ref("int_logo_movements") }}),

    buyers as (select * from {{ ref("int_order_logo_movements") }}),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    sold as (select count(*) as movements from subscribers),

    -- the orders tell who left only where nobody ever subscribed
    moved as (
        select
            'subscriptions' as basis,
            subscribers.*,
            cast(null as integer) as churn_after_days
        from subscribers
        union all
        select
            'orders',
            month,
            acquisition_channel,
            country,
            new_customers,
            reactivated_customers,
            churned_customers,
            0,
            0,
            churn_after_days
        from buyers
        cross join sold
        where movements = 0
    ),

    segmented as (
        select
            moved.*,
            segment_type,
            case
                segment_type
                when 'acquisition_channel'
                then acquisition_channel
                when 'country'
                then country
                else 'all'
            end as segment
        from moved
        cross join
            (values ('all'), ('acquisition_channel'), ('country')) as segment_types(
                segment_type
            )
    ),

    summed as (
        select
            month,
            segment_type,
            segment,
            sum(new_customers) as arrived,
            sum(reactivated_customers) as came_back,
            sum(churned_customers) as churned,
            sum(churned_customers_voluntary) as voluntary,
            sum(churned_customers_involuntary) as involuntary
        from segmented
        group by month, segment_type, segment
    ),

    segments as (
        select basis, churn_after_days, segment_type, segment, min(month) as began
        from segmented
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
            coalesce(arrived, 0) as arrived,
            coalesce(came_back, 0) as came_back,
            coalesce(churned, 0) as churned,
            coalesce(voluntary, 0) as voluntary,
            coalesce(involuntary, 0) as involuntary,
            sum(
                coalesce(arrived, 0) + coalesce(came_back, 0) - coalesce(churned, 0)
            ) over (
                partition by spine.segment_type, spine.segment
                order by spine.month nulls last
                rows unbounded preceding
            ) as closing
        from spine
        left join summed using (month, segment_type, segment)
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
        from rolled
    )

select *
from final
