-- Each trialing state of a subscription lies in one trial.
with
    intervals as (
        select * from {{ ref("int_subscription_intervals") }} where status = 'trialing'
    ),

    trials as (select * from {{ ref("trials") }})

select
    intervals.customer_id,
    intervals.subscription_id,
    intervals.subscription_item_id,
    intervals.valid_from,
    count(trials.trial_id) as trials
from intervals
left join
    trials
    on intervals.subscription_id = trials.subscription_id
    and intervals.valid_from >= trials.started_at
    and (trials.ends_at is null or intervals.valid_from < trials.ends_at)
group by
    intervals.customer_id,
    intervals.subscription_id,
    intervals.subscription_item_id,
    intervals.valid_from
having count(trials.trial_id) <> 1
