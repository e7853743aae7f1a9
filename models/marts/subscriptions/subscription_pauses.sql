-- One pause of a subscription: how long, did it go on, and what is it worth 90 days
-- later?
with
    pauses as (select * from {{ ref("int_pause_outcomes") }}),

    final as (
        select
            pause_id,
            customer_id,
            subscription_id,
            pause_number,
            started_at,
            started_date,
            ended_at,
            ended_date,
            outcome,
            {{ days_between("started_date", "ended_date") }} as pause_days,
            mrr_before,
            mrr_90d_after,
            currency
        from pauses
    )

select *
from final
