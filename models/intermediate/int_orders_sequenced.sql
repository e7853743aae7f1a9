-- One row is one valid order and its place in the life of its customer. Guests have no
-- life to speak of: their sequence columns are NULL.
with
    orders as (select * from {{ ref("int_orders_valid") }}),

    -- read once more: a CTE that is read twice is kept whole, all its columns
    lives as (
        select order_id, customer_id, ordered_at, order_date
        from {{ ref("int_orders_valid") }}
        where not is_guest
    ),

    began as (select first_month from {{ ref("int_order_history") }}),

    -- few columns: sorting all of them costs more than the join
    numbered as (
        select
            order_id,
            row_number() over history as order_number,
            lag(order_date) over history as prior_order_date,
            min(ordered_at) over (partition by customer_id) as first_ordered_at,
            min(order_date) over (partition by customer_id) as first_order_date
        from lives
        window history as (partition by customer_id order by ordered_at, order_id)
    ),

    placed as (
        select
            orders.*, order_number, prior_order_date, first_ordered_at, first_order_date
        from orders
        left join numbered on orders.order_id = numbered.order_id
    ),

    final as (
        select
            placed.* exclude (
                order_number, prior_order_date, first_ordered_at, first_order_date
            ),
            cast(order_number as bigint) as order_number,
            cast(order_number = 1 as boolean) as is_first_order,
            cast(prior_order_date as date) as prior_order_date,
            {{ days_between("prior_order_date", "order_date") }}
            as days_since_prior_order,
            cast(first_ordered_at as timestamp) as first_ordered_at,
            cast(first_order_date as date) as first_order_date,
            {{ days_between("first_order_date", "order_date") }}
            as days_since_first_order,
            {{ period_start("month", "first_order_date") }} as cohort_month,
            {{ months_between("first_order_date", "order_date") }} as cohort_index,
            {% if policy("left_censored_first_month") == "true" %}
                cast(
                    {{ period_start("month", "first_order_date") }}
                    = began.first_month as boolean
                )
            {% else %} cast(case when not is_guest then false end as boolean)
            {% endif %} as is_left_censored
        from placed
        cross join began
    )

select *
from final
