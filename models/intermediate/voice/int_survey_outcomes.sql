-- One row is one valid NPS answer, and what the customer did in the 90 days after it.
with
    answers as (
        select *
        from {{ ref("int_survey_responses") }}
        where is_valid and survey_type = 'nps'
    ),

    days as (select * from {{ ref("int_purchase_days") }}),

    referrals as (select * from {{ ref("int_referrals") }} where not is_self),

    movements as (select * from {{ ref("int_mrr_movements") }}),

    repurchases as (
        select distinct answers.response_id
        from answers
        inner join
            days
            on answers.customer_id = days.customer_id
            and days.order_date > answers.responded_date
            and days.order_date <= {{ add_days("answers.responded_date", "90") }}
    ),

    invitations as (
        select distinct answers.response_id
        from answers
        inner join
            referrals
            on answers.customer_id = referrals.referrer_customer_id
            and referrals.invited_date > answers.responded_date
            and referrals.invited_date <= {{ add_days("answers.responded_date", "90") }}
    ),

    -- the last movement of each currency up to the answer
    standing as (
        select answers.response_id, movements.is_sub
        from answers
        inner join
            movements
            on answers.customer_id = movements.customer_id
            and movements.occurred_at <= answers.responded_at
        qualify
            row_number() over (
                partition by answers.response_id, movements.currency
                order by movements.occurred_at desc nulls last
            )
            = 1
    ),

    subscribers as (select distinct response_id from standing where is_sub),

    churns as (
        select distinct answers.response_id
        from answers
        inner join
            movements
            on answers.customer_id = movements.customer_id
            and movements.movement_type = 'churn'
            and movements.occurred_at > answers.responded_at
            and cast(movements.occurred_at_local as date)
            <= {{ add_days("answers.responded_date", "90") }}
    ),

    final as (
        select
            cast(answers.response_id as varchar) as response_id,
            cast(answers.customer_id as varchar) as customer_id,
            cast(
                cast({{ add_days("answers.responded_date", "91") }} as timestamp)
                <= {{ as_of() }} as boolean
            ) as is_mature_90d,
            cast(repurchases.response_id is not null as boolean) as has_repurchased_90d,
            cast(invitations.response_id is not null as boolean) as has_referred_90d,
            cast(subscribers.response_id is not null as boolean) as is_subscriber,
            cast(
                subscribers.response_id is not null
                and churns.response_id is not null as boolean
            ) as has_churned_90d
        from answers
        left join repurchases on answers.response_id = repurchases.response_id
        left join invitations on answers.response_id = invitations.response_id
        left join subscribers on answers.response_id = subscribers.response_id
        left join churns on answers.response_id = churns.response_id
    )

select *
from final
