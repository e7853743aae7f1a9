-- One row is one total of the rows that came in, or of the customers made of them.
{%- set purchases = "purchase_days" if policy("collapse_same_day_orders") == "true" else "orders" %}
with
    input_rows as (select * from {{ ref("stg_input_rows") }}),

    orders as (select order_id from {{ ref("int_orders_classified") }}),

    refunds as (
        select
            stg_refunds.refunded_at_local >= {{ as_of() }} as is_later,
            orders.order_id is not null
            or stg_refunds.customer_id is not null as has_owner,
        from {{ ref("stg_refunds") }} as stg_refunds
        left join orders on stg_refunds.order_id = orders.order_id
    ),

    order_refunds as (
        select int_order_refunds.refunds
        from {{ ref("int_order_refunds") }} as int_order_refunds
        inner join orders on int_order_refunds.order_id = orders.order_id
    ),

    staged as (
        select 'customers' as table_name, count(*) as staged_rows, 0 as later_rows,
        from {{ ref("stg_customers") }}
        union all
        select
            'orders' as table_name,
            count(*) as staged_rows,
            count(*) filter (where ordered_at_local >= {{ as_of() }}) as later_rows,
        from {{ ref("stg_orders") }}
        union all
        select
            'refunds' as table_name,
            count(*) as staged_rows,
            count(*) filter (where is_later) as later_rows,
        from refunds
    ),

    customers as (select * from {{ ref("int_customers") }}),

    shoppers as (select * from customers where not is_test and not is_internal),

    buyers as (select * from {{ ref("int_customer_orders") }}),

    measures as (
        select 'input_' || table_name as measure, input_rows as amount
        from input_rows
        union all
        select 'replaced_' || table_name as measure, input_rows - input_keys as amount
        from input_rows
        union all
        select 'staged_' || table_name as measure, staged_rows as amount
        from staged
        union all
        select 'later_' || table_name as measure, later_rows as amount
        from staged
        union all
        select 'order_refunds' as measure, sum(refunds) as amount
        from order_refunds
        union all
        select 'customer_credits' as measure, sum(credits) as amount
        from {{ ref("int_customer_credits") }}
        union all
        select 'other_refunds' as measure, count(*) as amount
        from refunds
        where not is_later and not has_owner
        union all
        select 'customers' as measure, count(*) as amount
        from customers
        union all
        select 'shoppers' as measure, count(*) as amount
        from shoppers
        union all
        select 'buyers' as measure, count(*) as amount
        from buyers
        union all
        select 'cohort_members' as measure, count(*) as amount
        from {{ "shoppers" if policy("cohort_anchor") == "signup" else "buyers" }}
        union all
        select 'buyer_orders' as measure, sum(orders) as amount
        from buyers
        union all
        select 'buyer_purchases' as measure, sum({{ purchases }}) as amount
        from buyers
        union all
        select 'buyer_revenue' as measure, sum(net_revenue) as amount
        from buyers
    ),

    final as (
        select
            cast(measure as varchar) as measure,
            {{ money("coalesce(amount, 0)") }} as amount,
        from measures
    )

select *
from final
