-- Movements of customers of a month, by segment: all, an acquisition channel, a
-- country.
with
    subscribers as (select * from {{ ref("int_logo_movements") }}),

    buyers as (select * from {{ ref("int_order_logo_movements") }}),

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

    final as (
        select
            cast(month as date) as month,
            cast(basis as varchar) as basis,
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(churn_after_days as integer) as churn_after_days,
            cast(sum(new_customers) as bigint) as new_customers,
            cast(sum(reactivated_customers) as bigint) as reactivated_customers,
            cast(sum(churned_customers) as bigint) as churned_customers,
            cast(
                sum(churned_customers_voluntary) as bigint
            ) as churned_customers_voluntary,
            cast(
                sum(churned_customers_involuntary) as bigint
            ) as churned_customers_involuntary
        from segmented
        group by month, basis, segment_type, segment, churn_after_days
    )

select *
from final
