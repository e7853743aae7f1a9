-- One trial of one subscription: how it ended, and when the first money was due.
with
    intervals as (select * from {{ ref("int_subscription_intervals") }}),

    mrr_intervals as (select * from {{ ref("int_mrr_intervals") }}),

    trialing as (
        select
            *,
            max(coalesce(valid_to, cast('9999-12-31' as timestamp))) over (
                partition by subscription_id
                order by valid_from nulls last, subscription_item_id nulls last
                rows between unbounded preceding and 1 preceding
            ) as seen_until
        from intervals
        where status = 'trialing'
    ),

    -- items on trial together, or one after the other without a gap, are one trial
    numbered as (
        select
            *,
            coalesce(valid_from > seen_until, true) as is_start,
            sum(
                case when coalesce(valid_from > seen_until, true) then 1 else 0 end
            ) over (
                partition by subscription_id
                order by valid_from nulls last, subscription_item_id nulls last
                rows unbounded preceding
            ) as trial_number
        from trialing
    ),

    trials as (
        select
            subscription_id,
            trial_number,
            max(customer_id) as customer_id,
            max(case when is_start then plan_id end) as plan_id,
            max(currency) as currency,
            min(valid_from) as started_at,
            min(valid_from_local) as started_at_local,
            case when count(*) = count(valid_to) then max(valid_to) end as ends_at,
            case
                when count(*) = count(valid_to) then max(valid_to_local)
            end as ends_at_local,
            max(end_type) as end_type,
            lead(min(valid_from)) over (
                partition by subscription_id order by trial_number nulls last
            ) as next_started_at
        from numbered
        group by subscription_id, trial_number
    ),

    -- converted = the same subscription is active and worth something
    paid as (
        select
            trials.subscription_id,
            trials.trial_number,
            mrr_intervals.valid_from as converted_at,
            mrr_intervals.valid_from_local as converted_at_local,
            sum(mrr_intervals.mrr) as converted_mrr
        from trials
        inner join
            mrr_intervals
            on trials.subscription_id = mrr_intervals.subscription_id
            and mrr_intervals.valid_from >= trials.started_at
            and mrr_intervals.valid_from
            < coalesce(trials.next_started_at, cast('9999-12-31' as timestamp))
        where mrr_intervals.status = 'active' and mrr_intervals.mrr > 0
        group by
            trials.subscription_id,
            trials.trial_number,
            mrr_intervals.valid_from,
            mrr_intervals.valid_from_local
        qualify
            row_number() over (
                partition by trials.subscription_id, trials.trial_number
                order by mrr_intervals.valid_from nulls last
            )
            = 1
    ),

    final as (
        select
            cast(
                subscription_id || '/' || cast(trial_number as varchar) as varchar
            ) as trial_id,
            cast(subscription_id as varchar) as subscription_id,
            cast(trial_number as bigint) as trial_number,
            cast(customer_id as varchar) as customer_id,
            cast(plan_id as varchar) as plan_id,
            cast(currency as varchar) as currency,
            cast(started_at as timestamp) as started_at,
            cast(started_at_local as date) as started_date,
            cast(ends_at as timestamp) as ends_at,
            cast(ends_at_local as date) as ends_date,
            cast(converted_at as timestamp) as converted_at,
            cast(converted_at_local as date) as converted_date,
            cast(
                case
                    when converted_at is not null
                    then 'converted'
                    when coalesce(ends_at_local >= {{ as_of() }}, true)
                    then 'open'
                    when end_type = 'voluntary'
                    then 'cancelled'
                    else 'expired'
                end as varchar
            ) as outcome,
            {{ money("converted_mrr") }} as converted_mrr
        from trials
        left join paid using (subscription_id, trial_number)
    )

select *
from final
