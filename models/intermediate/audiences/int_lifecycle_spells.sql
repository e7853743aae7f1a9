-- One row is one time that a customer spent in a lifecycle stage: from the first
-- midnight at which the stage held to the first at which it did not. An order of a day
-- is seen at the next midnight, as in a build with that as_of.
with
    customers as (
        select customer_id, created_date
        from {{ ref("int_customers") }}
        where not is_test and not is_internal
    ),

    stages as (select * from {{ ref("lifecycle_stages") }}),

    -- the last order of each day
    buying as (
        select
            customer_id,
            order_date,
            first_order_date,
            order_number as orders,
            lead(order_date) over (
                partition by customer_id order by order_number
            ) as next_order_date
        from {{ ref("int_orders_sequenced") }}
        where not is_guest
        qualify
            lead(order_date) over (partition by customer_id order by order_number)
            > order_date
            or lead(order_date) over (partition by customer_id order by order_number)
            is null
    ),

    -- before the first order, and after each day with orders
    histories as (
        select
            customers.customer_id,
            customers.created_date as changed_on,
            cast(null as date) as first_order_date,
            cast(null as date) as last_order_date,
            0 as orders,
            min(buying.order_date) as next_change_on
        from customers
        left join buying on customers.customer_id = buying.customer_id
        group by customers.customer_id, customers.created_date
        union all
        select
            customer_id,
            order_date,
            first_order_date,
            order_date,
            orders,
            next_order_date
        from buying
    ),

    -- of a day that is not over at as_of everything before as_of is seen
    seen as (
        select
            *,
            least({{ add_days("changed_on", 1) }}, {{ as_of_date() }}) as from_date,
            case
                when next_change_on is null
                then {{ far_date() }}
                else least({{ add_days("next_change_on", 1) }}, {{ as_of_date() }})
            end as until_date
        from histories
    ),

    -- each stage open to the customer, and the first midnight at which its limits fail
    fitting as (
        select
            seen.customer_id,
            seen.from_date,
            stages.stage,
            stages.precedence,
            least(
                {{ add_days("last_order_date", "max_recency_days + 1") }},
                {{ add_days("first_order_date", "max_days_since_first_order + 1") }},
                until_date
            ) as end_date
        from seen
        inner join
            stages
            on seen.orders >= stages.min_orders
            and (seen.orders <= stages.max_orders or stages.max_orders is null)
        where seen.from_date < seen.until_date
    ),

    -- a stage begins where those tried before it have ended
    started as (
        select
            *,
            greatest(
                from_date,
                coalesce(
                    max(end_date) over (
                        partition by customer_id, from_date
                        order by precedence
                        rows between unbounded preceding and 1 preceding
                    ),
                    from_date
                )
            ) as start_date
        from fitting
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(start_date as date) as from_date,
            cast(stage as varchar) as stage,
            cast(
                case when end_date <= {{ as_of_date() }} then end_date end as date
            ) as until_date
        from started
        where start_date < end_date and start_date <= {{ as_of_date() }}
    )

select *
from final
