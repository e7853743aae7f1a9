-- One row is one customer who ever subscribed at the end of a month: from the first
-- such
-- month to the first churn, or to the last month that is complete.
with
    moves as (select * from {{ ref("int_logo_moves") }}),

    states as (select * from {{ ref("int_mrr_customer_month") }}),

    customers as (select * from {{ ref("int_customers") }}),

    months as (
        select max(month) as last_month
        from {{ ref("int_mrr_months") }}
        where is_complete
    ),

    lives as (
        select
            customer_id,
            min(case when move = 'new' then month end) as cohort_month,
            min(case when move = 'churned' then month end) as left_month
        from moves
        group by customer_id
    ),

    watched as (
        select
            lives.customer_id,
            lives.cohort_month,
            coalesce(lives.left_month <= months.last_month, false) as has_churned,
            least(lives.left_month, months.last_month) as exit_month
        from lives
        cross join months
        where lives.cohort_month <= months.last_month
    ),

    -- the plan that the life began with
    plans as (
        select customer_id, plan_id
        from states
        where plan_id is not null and is_sub
        qualify
            row_number() over (
                partition by customer_id order by month, mrr desc, currency
            )
            = 1
    ),

    final as (
        select
            cast(watched.customer_id as varchar) as customer_id,
            cast(watched.cohort_month as date) as cohort_month,
            cast(
                {{ months_between("watched.cohort_month", "watched.exit_month") }}
                as bigint
            ) as exit_period,
            cast(watched.has_churned as boolean) as has_churned,
            cast(
                coalesce(customers.acquisition_channel, 'unknown') as varchar
            ) as acquisition_channel,
            cast(coalesce(customers.country, 'unknown') as varchar) as country,
            cast(coalesce(plans.plan_id, 'unknown') as varchar) as plan_id
        from watched
        left join customers on watched.customer_id = customers.customer_id
        left join plans on watched.customer_id = plans.customer_id
    )

select *
from final
