-- One pause of one subscription: what it was worth before, how it ended, and 90 days
-- on.
with
    pauses as (select * from {{ ref("int_pauses") }}),

    mrr_intervals as (select * from {{ ref("int_mrr_intervals") }}),

    instants as (
        select pause_id, subscription_id, 'before' as instant, started_at as looked_at
        from pauses
        union all
        select pause_id, subscription_id, 'after', ended_at + interval 90 day
        from pauses
        where ended_at + interval 90 day <= {{ as_of_utc() }}
    ),

    -- the state just before the instant
    worth as (
        select pause_id, instant, sum(coalesce(mrr, 0)) as mrr
        from instants
        left join
            mrr_intervals
            on instants.subscription_id = mrr_intervals.subscription_id
            and mrr_intervals.valid_from < looked_at
            and coalesce(mrr_intervals.valid_to, cast('9999-12-31' as timestamp))
            >= looked_at
        group by pause_id, instant
    ),

    final as (
        select
            cast(pauses.pause_id as varchar) as pause_id,
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
                    when is_resumed
                    then 'resumed'
                    else 'cancelled'
                end as varchar
            ) as outcome,
            {{ money("before_pause.mrr") }} as mrr_before,
            {{ money("after_pause.mrr") }} as mrr_90d_after
        from pauses
        left join
            worth as before_pause
            on pauses.pause_id = before_pause.pause_id
            and before_pause.instant = 'before'
        left join
            worth as after_pause
            on pauses.pause_id = after_pause.pause_id
            and after_pause.instant = 'after'
    )

select *
from final
