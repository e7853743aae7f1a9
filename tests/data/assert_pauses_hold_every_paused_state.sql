-- Each paused state of a subscription lies in one pause, and the months count every
-- pause.
with
    intervals as (
        select * from {{ ref("int_subscription_intervals") }} where status = 'paused'
    ),

    pauses as (select * from {{ ref("subscription_pauses") }}),

    held as (
        select
            intervals.customer_id,
            intervals.subscription_id,
            intervals.valid_from,
            count(pauses.pause_id) as pauses
        from intervals
        left join
            pauses
            on intervals.subscription_id = pauses.subscription_id
            and intervals.valid_from >= pauses.started_at
            and (pauses.ended_at is null or intervals.valid_from < pauses.ended_at)
        group by
            intervals.customer_id,
            intervals.subscription_id,
            intervals.subscription_item_id,
            intervals.valid_from
    ),

    months as (
        select sum(started_pauses) as started, sum(ended_pauses) as ended
        from {{ ref("subscription_pauses_monthly") }}
    ),

    counted as (select count(*) as started, count(ended_at) as ended from pauses)

select customer_id, subscription_id, valid_from, pauses
from held
where pauses <> 1
union all
select
    'all' as customer_id,
    'subscription_pauses_monthly' as subscription_id,
    cast(null as timestamp) as valid_from,
    coalesce(months.started, 0) as pauses
from months
cross join counted
where
    coalesce(months.started, 0) <> counted.started
    or coalesce(months.ended, 0) <> counted.ended
