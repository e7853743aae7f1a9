-- One pause of one subscription: when it began and ended, and whether it was resumed.
with
    intervals as (select * from {{ ref("int_subscription_intervals") }}),

    paused as (
        select
            *,
            max(coalesce(valid_to, cast('9999-12-31' as timestamp))) over (
                partition by subscription_id
                order by valid_from nulls last, subscription_item_id nulls last
                rows between unbounded preceding and 1 preceding
            ) as seen_until
        from intervals
        where status = 'paused'
    ),

    -- items paused together, or one after the other without a gap, are one pause
    numbered as (
        select
            *,
            sum(
                case when coalesce(valid_from > seen_until, true) then 1 else 0 end
            ) over (
                partition by subscription_id
                order by valid_from nulls last, subscription_item_id nulls last
                rows unbounded preceding
            ) as pause_number
        from paused
    ),

    pauses as (
        select
            subscription_id,
            pause_number,
            max(customer_id) as customer_id,
            max(currency) as currency,
            min(valid_from) as started_at,
            min(valid_from_local) as started_at_local,
            case when count(*) = count(valid_to) then max(valid_to) end as ended_at,
            case
                when count(*) = count(valid_to) then max(valid_to_local)
            end as ended_at_local
        from numbered
        group by subscription_id, pause_number
    ),

    -- resumed = the subscription goes on in the moment the pause ends
    resumed as (
        select distinct pauses.subscription_id, pauses.pause_number
        from pauses
        inner join
            intervals
            on pauses.subscription_id = intervals.subscription_id
            and pauses.ended_at = intervals.valid_from
        where intervals.status not in ('paused', 'ended')
    ),

    final as (
        select
            cast(
                pauses.subscription_id
                || '/'
                || cast(pauses.pause_number as varchar) as varchar
            ) as pause_id,
            cast(pauses.subscription_id as varchar) as subscription_id,
            cast(pauses.pause_number as bigint) as pause_number,
            cast(customer_id as varchar) as customer_id,
            cast(currency as varchar) as currency,
            cast(started_at as timestamp) as started_at,
            cast(started_at_local as timestamp) as started_at_local,
            cast(ended_at as timestamp) as ended_at,
            cast(ended_at_local as timestamp) as ended_at_local,
            resumed.subscription_id is not null as is_resumed
        from pauses
        left join
            resumed
            on pauses.subscription_id = resumed.subscription_id
            and pauses.pause_number = resumed.pause_number
    )

select *
from final
