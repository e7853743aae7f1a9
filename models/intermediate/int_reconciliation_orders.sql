-- One row is one total of the orders that came in, or of the parts that it is made of.
with
    orders as (select * from {{ ref("int_order_reconciliation") }}),

    counted as (select * from orders where exclusion_reason is null and is_classified),

    valid as (select * from {{ ref("int_orders_valid") }}),

    guests as (select * from valid where customer_id is null),

    reasons as (
        select reason
        from
            (
                values
                    ('status_pending'),
                    ('status_cancelled'),
                    ('status_failed'),
                    ('test_order'),
                    ('internal_customer'),
                    ('no_merchandise'),
                    ('fully_refunded')
            ) as list(reason)
    ),

    excluded as (
        select
            reasons.reason,
            count(orders.order_id) as orders,
            sum({{ times("orders.subtotal_amount", "orders.fx_rate") }}) as subtotal,
        from reasons
        left join orders on reasons.reason = orders.exclusion_reason
        group by reasons.reason
    ),

    -- each amount at the rate of its order, not rounded, so that the sums are exact
    measures as (
        select 'excluded_orders_' || reason as measure, orders as amount
        from excluded
        union all
        select 'excluded_subtotal_' || reason as measure, subtotal as amount
        from excluded
        union all
        select
            'subtotals' as measure,
            sum({{ times("subtotal_amount", "fx_rate") }}) as amount
        from orders
        union all
        select
            'gross_revenue' as measure,
            sum({{ times("gross_revenue", "fx_rate") }}) as amount
        from counted
        union all
        select
            'gift_cards' as measure,
            sum({{ times("gift_card_amount", "fx_rate") }}) as amount
        from counted
        union all
        select
            'non_merchandise' as measure,
            sum({{ times("non_merchandise_amount", "fx_rate") }}) as amount
        from counted
        union all
        select
            'net_base' as measure,
            sum({{ times("net_base_amount", "fx_rate") }}) as amount
        from counted
        union all
        select
            'refunded' as measure,
            sum({{ times("refunded_amount", "fx_rate") }}) as amount
        from counted
        union all
        select
            'discounted' as measure,
            sum({{ times("discounted_amount", "fx_rate") }}) as amount
        from counted
        union all
        select
            'net_revenue' as measure,
            sum({{ times("net_revenue", "fx_rate") }}) as amount
        from counted
        union all
        select 'valid_orders' as measure, count(*) as amount
        from valid
        union all
        select 'valid_revenue' as measure, sum(net_revenue_reporting) as amount
        from valid
        union all
        select 'guest_orders' as measure, count(*) as amount
        from guests
        union all
        select 'guest_revenue' as measure, sum(net_revenue_reporting) as amount
        from guests
    ),

    final as (
        select
            cast(measure as varchar) as measure,
            {{ money("coalesce(amount, 0)") }} as amount,
        from measures
    )

select *
from final
