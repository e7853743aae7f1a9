-- Subscribers who came or went in a month, by channel and country; all currencies
-- together.
with
    moves as (select * from {{ ref("int_logo_moves") }}),

    customers as (select * from {{ ref("int_customers") }}),

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
                sum(case when end_type = 'voluntary' then 1 else 0 end) as bigint
            ) as churned_customers_voluntary,
            cast(
                sum(case when end_type = 'involuntary' then 1 else 0 end) as bigint
            ) as churned_customers_involuntary
        from moves
        left join customers on moves.customer_id = customers.customer_id
        group by
            month,
            coalesce(acquisition_channel, 'unknown'),
            coalesce(country, 'unknown')
    )

select *
from final
