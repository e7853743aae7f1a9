-- One row is one valid order and its place in the life of its customer. Guests have no
-- life to speak of: their sequence columns are NULL.
with
    orders as (select * from {{ ref("int_orders_valid") }}),

    history as (
        select {{ period_start("month", "min(order_date)") }} as first_month from orders
    ),

    -- buyer_id, not customer_id: guests share no partition
    numbered as (
        select
            *,
            row_number() over (
                partition by buyer_id order by ordered_at, order_id
            ) as place,
            lag(order_date) over (
                partition by buyer_id order by ordered_at, order_id
            ) as previous_date,
            min(ordered_at) over (partition by buyer_id) as earliest_at,
            min(order_date) over (partition by buyer_id) as earliest_date
        from orders
    ),

    placed as (
        select
            * exclude (place, previous_date, earliest_at, earliest_date),
            case when not is_guest then place end as order_number,
            case when not is_guest then previous_date end as prior_order_date,
            case when not is_guest then earliest_at end as first_ordered_at,
            case when not is_guest then earliest_date end as first_order_date
        from numbered
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
                    = history.first_month as boolean
                )
            {% else %} cast(case when not is_guest then false end as boolean)
            {% endif %} as is_left_censored
        from placed
        cross join history
    )

select *
from final
