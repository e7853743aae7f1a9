-- One row is one complaint: how the customer stood on that day, and whether they bought
-- again; beside it what like customers without a complaint did.
with
    complaints as (select * from {{ ref("int_tickets") }} where is_complaint),

    days as (select * from {{ ref("int_purchase_days") }}),

    bands as (select * from {{ ref("complaint_match_bands") }}),

    controls as (select * from {{ ref("int_complaint_controls") }}),

    -- the last purchase up to the day of the complaint and the first one after it
    placed as (
        select
            complaints.*,
            coalesce(orders_so_far, 0) as orders_before,
            {{ days_between("order_date", "created_date") }} as recency_days,
            next_order_date,
            row_number() over (
                partition by complaints.customer_id
                order by created_at nulls last, ticket_id nulls last
            )
            = 1 as is_first_complaint
        from complaints
        left join
            days
            on complaints.customer_id = days.customer_id
            and order_date <= created_date
            and (next_order_date > created_date or next_order_date is null)
    ),

    matched as (
        select
            placed.*,
            controls.customers as like_customers,
            controls.repurchased_90d as like_repurchased_90d
        from placed
        left join
            bands as order_bands
            on order_bands.measure = 'orders'
            and orders_before >= order_bands.from_value
            and (orders_before <= order_bands.to_value or order_bands.to_value is null)
        left join
            bands as recency_bands
            on recency_bands.measure = 'recency_days'
            and recency_days >= recency_bands.from_value
            and (
                recency_days <= recency_bands.to_value or recency_bands.to_value is null
            )
        left join
            controls
            on created_date = controls.day
            and order_bands.band = controls.orders_band
            and recency_bands.band = controls.recency_band
    ),

    final as (
        select
            cast(ticket_id as varchar) as ticket_id,
            cast(customer_id as varchar) as customer_id,
            cast(orders_before as bigint) as orders_before,
            cast(recency_days as integer) as recency_days,
            cast(is_first_complaint as boolean) as is_first_complaint,
            cast(
                orders_before > 0
                and {{ add_days("created_date", "91") }} <= {{ as_of() }} as boolean
            ) as is_buyer_90d,
            cast(
                coalesce(
                    next_order_date <= {{ add_days("created_date", "90") }}, false
                ) as boolean
            ) as has_repurchased_90d,
            cast(
                orders_before > 0
                and is_first_complaint
                and {{ add_days("created_date", "181") }} <= {{ as_of() }} as boolean
            ) as is_buyer_180d,
            cast(next_order_date is not null as boolean) as has_returned,
            cast(like_customers as bigint) as like_customers,
            cast(like_repurchased_90d as bigint) as like_repurchased_90d,
            cast(
                {{ safe_divide("like_repurchased_90d", "like_customers") }} as double
            ) as like_repurchase_rate_90d
        from matched
    )

select *
from final
