-- One order of one identified customer, and the days until their next one.
-- With collapse_same_day_orders a customer's orders of one day are one row, the first.
with
    orders as (
        select
            order_id,
            customer_id,
            ordered_at_local,
            order_date,
            order_number,
            prior_order_date,
        from {{ ref("int_orders_sequenced") }}
        where customer_id is not null
    ),

    customers as (
        select customer_id, acquisition_channel, country from {{ ref("int_customers") }}
    ),

    counted as (
        select *
        from orders
        where
            '{{ policy("collapse_same_day_orders") }}' = 'false'
            or prior_order_date is distinct from order_date
    ),

    numbered as (
        select
            order_id,
            customer_id,
            ordered_at_local,
            order_date,
            row_number() over (
                partition by customer_id order by order_number nulls last
            ) as number_in_life,
            lead(order_date) over (
                partition by customer_id order by order_number nulls last
            ) as next_order_date,
        from counted
    ),

    final as (
        select
            cast(numbered.order_id as varchar) as order_id,
            cast(numbered.customer_id as varchar) as customer_id,
            cast(numbered.number_in_life as bigint) as order_number,
            cast(numbered.ordered_at_local as timestamp) as ordered_at_local,
            cast(numbered.order_date as date) as order_date,
            cast(numbered.next_order_date as date) as next_order_date,
            {{ days_between("numbered.order_date", "numbered.next_order_date") }}
            as gap_days,
            cast(
                coalesce(customers.acquisition_channel, 'unknown') as varchar
            ) as acquisition_channel,
            cast(coalesce(customers.country, 'unknown') as varchar) as country,
        from numbered
        left join customers on numbered.customer_id = customers.customer_id
    )

select *
from final
