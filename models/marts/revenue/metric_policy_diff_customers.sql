-- Which customers make the difference? One row is what one customer adds to one sum of
-- metric_policy_diff; customers who are the same under both sets of policies are
-- absent.
with
    customers as (select * from {{ ref("int_policy_customers") }}),

    moves as (select * from {{ ref("int_policy_moves") }}),

    -- what the customer did in the month, in the currency of the row or in all together
    movements as (
        select
            customer_id,
            currency,
            month,
            max(case when policies = 'own' then movement_type end) as own_movement_type,
            max(case when policies = 'build' then movement_type end) as movement_type
        from moves
        group by customer_id, currency, month
    ),

    final as (
        select
            cast(customers.metric as varchar) as metric,
            cast(customers.month as date) as month,
            cast(customers.view as varchar) as view,
            cast(customers.currency as varchar) as currency,
            cast(customers.customer_id as varchar) as customer_id,
            cast('{{ policy_set() }}' as varchar) as policy_set,
            {{ money("customers.own_amount") }} as own_value,
            {{ money("customers.build_amount") }} as value,
            {{ money("customers.build_amount - customers.own_amount") }}
            as contribution,
            cast(movements.own_movement_type as varchar) as own_movement_type,
            cast(movements.movement_type as varchar) as movement_type
        from customers
        left join
            movements
            on customers.customer_id = movements.customer_id
            and customers.currency = movements.currency
            and customers.month = movements.month
            and customers.view <> 'reporting'
    )

select *
from final
