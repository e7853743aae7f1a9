-- One pause of one subscription: what it was worth before, how it ended, and 90 days
-- on.
with
    intervals as (select * from {{ ref("int_subscription_intervals") }}),

    mrr_intervals as (select * from {{ ref("int_mrr_intervals") }}),

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

    instants as (
        select
            subscription_id, pause_number, 'before' as instant, started_at as looked_at
        from pauses
        union all
        select subscription_id, pause_number, 'after', ended_at + interval 90 day
        from pauses
        where ended_at + interval 90 day <= {{ as_of_utc() }}
    ),

    -- the state just before the instant
    worth as (
        select
            instants.subscription_id,
            pause_number,
            instant,
            sum(coalesce(mrr, 0)) as mrr
        from instants
        left join
            mrr_intervals
            on instants.subscription_id = mrr_intervals.subscription_id
            and mrr_intervals.valid_from < looked_at
            and coalesce(mrr_intervals.valid_to, cast('9999-12-31' as timestamp))
            >= looked_at
        group by instants.subscription_id, pause_number, instant
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
            cast(started_at_local as date) as started_date,
            cast(ended_at as timestamp) as ended_at,
            cast(ended_at_local as date) as ended_date,
            cast(
                case
                    when coalesce(ended_at_local >= {{ as_of() }}, true)
                    then 'open'
                    when resumed.subscription_id is not null
                    then 'resumed'
                    else 'cancelled'
                end as varchar
            ) as outcome,
            {{ money("before_pause.mrr") }} as mrr_before,
            {{ money("after_pause.mrr") }} as mrr_90d_after
        from pauses
        left join resumed using (subscription_id, pause_number)
        left join
            worth as before_pause
            on pauses.subscription_id = before_pause.subscription_id
            and pauses.pause_number = before_pause.pause_number
            and before_pause.instant = 'before'
        left join
            worth as after_pause
            on pauses.subscription_id = after_pause.subscription_id
            and pauses.pause_number = after_pause.pause_number
            and after_pause.instant = 'after'
    )

select *
from final
