-- Subscribers who came or went in a month, by channel and country; all currencies
-- together.
with
    states as (select * from {{ ref("int_mrr_customer_month") }}),

    customers as (select * from {{ ref("int_customers") }}),

    changes as (
        select
            customer_id,
            month,
            sum(
                case when is_sub then 1 else 0 end
                - case when prior_is_sub then 1 else 0 end
            ) as change,
            max(case when movement_type = 'reactivation' then 1 else 0 end) as is_back,
            -- new again: away for longer than reactivation_window_days
            max(
                case when movement_type = 'new' and ever_sub_before then 1 else 0 end
            ) as is_new_again,
            max(
                case
                    when movement_type = 'churn' and end_type = 'involuntary'
                    then 1
                    else 0
                end
            ) as is_involuntary,
            max(
                case
                    when movement_type = 'churn' and end_type = 'voluntary'
                    then 1
                    else 0
                end
            ) as is_voluntary
        from states
        group by customer_id, month
    ),

    -- currencies in which the customer subscribes: the last one to go is the churn
    counted as (
        select
            *,
            sum(change) over (
                partition by customer_id
                order by month nulls last
                rows unbounded preceding
            ) as subscribed_in
        from changes
    ),

    compared as (
        select
            *,
            subscribed_in - change as subscribed_before,
            max(subscribed_in) over (
                partition by customer_id
                order by month nulls last
                rows between unbounded preceding and 1 preceding
            ) as most_before,
            row_number() over (
                partition by customer_id order by month nulls last
            ) as month_number
        from counted
    ),

    moved as (
        select
            customer_id,
            month,
            is_involuntary,
            is_voluntary,
            case
                when (subscribed_in > 0) = (subscribed_before > 0)
                then 'none'
                when subscribed_before > 0
                then 'churned'
                when is_back = 1
                then 'reactivated'
                when coalesce(most_before, 0) > 0 and is_new_again = 0
                then 'reactivated'
                else 'new'
            end as move
        from compared
        -- the first month begins the history, with a subscription at its end or without
        where (subscribed_in > 0) <> (subscribed_before > 0) or month_number = 1
    ),

    final as (
        select
            cast(month as date) as month,
            cast(
                coalesce(acquisition_channel, 'unknown') as varchar
            ) as acquisition_channel,
            cast(coalesce(country, 'unknown') as varchar) as country,
            cast(
                sum(case when move = 'new' then 1 else 0 end) as bigint
            ) as new_customers,
            cast(
                sum(case when move = 'reactivated' then 1 else 0 end) as bigint
            ) as reactivated_customers,
            cast(
                sum(case when move = 'churned' then 1 else 0 end) as bigint
            ) as churned_customers,
            cast(
                sum(
                    case
                        when move = 'churned' and is_involuntary = 0
                        then is_voluntary
                        else 0
                    end
                ) as bigint
            ) as churned_customers_voluntary,
            cast(
                sum(case when move = 'churned' then is_involuntary else 0 end) as bigint
            ) as churned_customers_involuntary
        from moved
        left join customers on moved.customer_id = customers.customer_id
        group by
            month,
            coalesce(acquisition_channel, 'unknown'),
            coalesce(country, 'unknown')
    )

select *
from final
