-- One row is one state of one subscription item as it was known at as_of: ends and
-- requests of as_of or later are not known yet. Test and internal customers are out.
with
    subscriptions as (
        select *
        from {{ ref("stg_subscriptions") }}
        where valid_from_local < {{ as_of() }}
    ),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    customers as (select * from {{ ref("int_customers") }}),

    plans as (select * from {{ ref("stg_plans") }}),

    joined as (
        select
            subscriptions.*,
            resolution.customer_id as canonical_customer_id,
            plans.product_id,
            coalesce(subscriptions.valid_to_local < {{ as_of() }}, false) as is_closed,
            coalesce(subscriptions.ended_at_local < {{ as_of() }}, false) as is_ended,
            coalesce(
                subscriptions.cancel_requested_at_local < {{ as_of() }}, false
            ) as is_cancel_requested
        from subscriptions
        inner join
            resolution on subscriptions.customer_id = resolution.source_customer_id
        left join customers on resolution.customer_id = customers.customer_id
        left join plans on subscriptions.plan_id = plans.plan_id
        where not coalesce(customers.is_test or customers.is_internal, false)
    ),

    final as (
        select
            cast(canonical_customer_id as varchar) as customer_id,
            cast(subscription_id as varchar) as subscription_id,
            cast(subscription_item_id as varchar) as subscription_item_id,
            cast(plan_id as varchar) as plan_id,
            cast(product_id as varchar) as product_id,
            cast(status as varchar) as status,
            cast(currency as varchar) as currency,
            cast(unit_amount as decimal(18, 4)) as unit_amount,
            cast(quantity as decimal(18, 4)) as quantity,
            cast(interval_unit as varchar) as interval_unit,
            cast(interval_count as integer) as interval_count,
            cast(discount_percent as decimal(9, 4)) as discount_percent,
            cast(discount_amount as decimal(18, 4)) as discount_amount,
            cast(discount_duration as varchar) as discount_duration,
            cast(coalesce(is_metered, false) as boolean) as is_metered,
            cast(valid_from as timestamp) as valid_from,
            cast(case when is_closed then valid_to end as timestamp) as valid_to,
            cast(valid_from_local as timestamp) as valid_from_local,
            cast(
                case when is_closed then valid_to_local end as timestamp
            ) as valid_to_local,
            cast(
                case when is_cancel_requested then cancel_requested_at end as timestamp
            ) as cancel_requested_at,
            cast(
                case
                    when is_cancel_requested then cancel_requested_at_local
                end as timestamp
            ) as cancel_requested_at_local,
            cast(case when is_ended then ended_at end as timestamp) as ended_at,
            cast(
                case when is_ended then ended_at_local end as timestamp
            ) as ended_at_local,
            cast(
                case when is_closed or is_ended then end_type end as varchar
            ) as end_type,
            cast(
                case
                    when is_closed or is_ended or is_cancel_requested then cancel_reason
                end as varchar
            ) as cancel_reason
        from joined
    )

select *
from final
