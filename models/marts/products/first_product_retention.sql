-- What customers started with (product, category, discount, channel), and who came
-- back.
-- A first order with several products counts once for each of them.
with
    traits as (select * from {{ ref("int_first_order_traits") }}),

    second_orders as (
        select
            customer_id,
            gap_days,
            {{ observed_days("ordered_at_local", "order_date") }} as observed_days
        from {{ ref("int_order_gaps") }}
        where order_number = 1
    ),

    customers as (
        select customer_id, orders, net_revenue, currency
        from {{ ref("int_customer_orders") }}
    ),

    counted as (
        select
            traits.dimension,
            traits.value,
            max(traits.label) as label,
            max(customers.currency) as currency,
            count(*) as customers,
            count(*) filter (where gap_days is not null) as repeat_customers,
            count(*) filter (where observed_days >= 60) as mature_60,
            count(*) filter (where observed_days >= 60 and gap_days <= 60) as within_60,
            count(*) filter (where observed_days >= 90) as mature_90,
            count(*) filter (where observed_days >= 90 and gap_days <= 90) as within_90,
            count(*) filter (where observed_days >= 180) as mature_180,
            count(*) filter (
                where observed_days >= 180 and gap_days <= 180
            ) as within_180,
            sum(customers.orders) as orders,
            sum(customers.net_revenue) as net_revenue,
        from traits
        inner join second_orders on traits.customer_id = second_orders.customer_id
        inner join customers on traits.customer_id = customers.customer_id
        group by traits.dimension, traits.value
    ),

    final as (
        select
            dimension,
            value,
            label,
            customers,
            repeat_customers,
            {{ safe_divide("repeat_customers", "customers") }} as repeat_customer_rate,
            mature_60 as mature_customers_60d,
            within_60 as second_within_60d,
            {{ safe_divide("within_60", "mature_60") }} as p2_60d,
            mature_90 as mature_customers_90d,
            within_90 as second_within_90d,
            {{ safe_divide("within_90", "mature_90") }} as p2_90d,
            mature_180 as mature_customers_180d,
            within_180 as second_within_180d,
            {{ safe_divide("within_180", "mature_180") }} as p2_180d,
            cast(orders as bigint) as orders,
            {{ money("net_revenue") }} as net_revenue,
            {{ safe_divide("net_revenue", "customers") }} as ltv,
            currency,
            customers < {{ policy("min_cell_size") }} as is_low_n,
            mature_60 < {{ policy("min_cell_size") }} as is_low_n_60d,
            mature_90 < {{ policy("min_cell_size") }} as is_low_n_90d,
            mature_180 < {{ policy("min_cell_size") }} as is_low_n_180d,
        from counted
    )

select *
from final
