-- One row is one state of one subscription item, [valid_from, valid_to), as the source
-- knows it; newest load of each key. Folded from events when there are no intervals.
with
    source as (select * from {{ canonical("subscriptions") }}),

    events as (select * from {{ canonical("subscription_events") }}),

    newest_events as (
        select *
        from events
        qualify
            row_number() over (
                partition by event_id
                order by _loaded_at desc nulls last, occurred_at desc nulls last
            )
            = 1
    ),

    folded as ({{ fold_events_to_intervals("newest_events") }}),

    intervals as (
        select {{ subscription_columns() }}, _loaded_at
        from source
        union all
        select {{ subscription_columns() }}, _loaded_at
        from folded
        where (select count(*) from source) = 0
    ),

    newest as (
        select *
        from intervals
        qualify
            row_number() over (
                partition by subscription_item_id, valid_from
                order by
                    _loaded_at desc nulls last,
                    valid_to desc nulls first,
                    status,
                    unit_amount desc
            )
            = 1
    ),

    final as (
        select
            cast(subscription_id as varchar) as subscription_id,
            cast(subscription_item_id as varchar) as subscription_item_id,
            cast(customer_id as varchar) as customer_id,
            cast(plan_id as varchar) as plan_id,
            cast(status as varchar) as status,
            cast(currency as varchar) as currency,
            cast(unit_amount as decimal(18, 4)) as unit_amount,
            cast(quantity as decimal(18, 4)) as quantity,
            cast(interval_unit as varchar) as interval_unit,
            cast(interval_count as integer) as interval_count,
            cast(discount_percent as decimal(9, 4)) as discount_percent,
            cast(discount_amount as decimal(18, 4)) as discount_amount,
            cast(discount_duration as varchar) as discount_duration,
            cast(is_metered as boolean) as is_metered,
            cast(valid_from as timestamp) as valid_from,
            cast(valid_to as timestamp) as valid_to,
            cast(cancel_requested_at as timestamp) as cancel_requested_at,
            cast(ended_at as timestamp) as ended_at,
            cast(end_type as varchar) as end_type,
            cast(cancel_reason as varchar) as cancel_reason,
            cast(
                {{ to_reporting_time('valid_from') }} as timestamp
            ) as valid_from_local,
            cast({{ to_reporting_time('valid_to') }} as timestamp) as valid_to_local,
            cast(
                {{ to_reporting_time('cancel_requested_at') }} as timestamp
            ) as cancel_requested_at_local,
            cast({{ to_reporting_time('ended_at') }} as timestamp) as ended_at_local,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
