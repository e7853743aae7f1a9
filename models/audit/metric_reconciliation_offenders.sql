-- One row is one identity and one customer, order or month that breaks it.
with
    customers as (select * from {{ ref("metric_reconciliation_customer_offenders") }}),

    months as (select * from {{ ref("metric_reconciliation_month_offenders") }}),

    orders as (select * from {{ ref("int_order_reconciliation") }}),

    valid as (
        select order_id, net_revenue_reporting from {{ ref("int_orders_valid") }}
    ),

    published as (select order_id, net_revenue_reporting from {{ ref("fct_orders") }}),

    compared as (
        select
            coalesce(valid.order_id, published.order_id) as order_id,
            valid.order_id is null or published.order_id is null as is_alone,
            valid.net_revenue_reporting
            is distinct from published.net_revenue_reporting as is_different,
        from valid
        full join published on valid.order_id = published.order_id
    ),

    offenders as (
        select check_name, 'customer' as kind, customer_id as offender
        from customers
        union all
        select check_name, 'month' as kind, month as offender
        from months
        union all
        select
            'staged_orders_are_classified' as check_name,
            'order' as kind,
            order_id as offender
        from orders
        where not is_staged or not is_classified
        union all
        select
            'subtotals_are_accounted_for' as check_name,
            'order' as kind,
            order_id as offender
        from orders
        where gross_difference <> 0
        union all
        select
            'net_revenue_is_accounted_for' as check_name,
            'order' as kind,
            order_id as offender
        from orders
        where net_difference <> 0 and exclusion_reason is null
        union all
        select
            'fct_orders_are_valid_orders' as check_name,
            'order' as kind,
            order_id as offender
        from compared
        where is_alone
        union all
        select
            'fct_orders_hold_valid_revenue' as check_name,
            'order' as kind,
            order_id as offender
        from compared
        where is_different
    ),

    final as (
        select
            cast(check_name as varchar) as check_name,
            cast(kind as varchar) as kind,
            cast(offender as varchar) as offender,
        from offenders
    )

select *
from final
