-- One free trial: when it began and ended, and whether it turned into money.
with
    trials as (select * from {{ ref("int_trial_outcomes") }}),

    final as (
        select
            trial_id,
            customer_id,
            subscription_id,
            trial_number,
            plan_id,
            started_at,
            started_date,
            ends_at,
            ends_date,
            converted_at,
            converted_date,
            outcome,
            {{ days_between("started_date", "ends_date") }} as trial_days,
            {{ days_between("started_date", "converted_date") }} as days_to_convert,
            converted_mrr,
            currency
        from trials
    )

select *
from final
