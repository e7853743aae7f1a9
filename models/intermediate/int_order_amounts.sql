-- One row is one order placed before as_of and its amounts in its own currency.
{%- set basis = policy("order_revenue_basis") %}
{%- set merchandise_only = policy("merchandise_only") == "true" %}
with
    orders as (
        select * from {{ ref("stg_orders") }} where ordered_at_local < {{ as_of() }}
    ),

    line_totals as (select * from {{ ref("int_order_line_totals") }}),

    refunds as (select * from {{ ref("int_order_refunds") }}),

    joined as (
        select
            orders.* exclude (
                total_amount, discount_amount, shipping_amount, tax_amount
            ),
            coalesce(orders.discount_amount, 0) as discount_amount,
            coalesce(orders.shipping_amount, 0) as shipping_amount,
            coalesce(orders.tax_amount, 0) as tax_amount,
            coalesce(
                orders.total_amount,
                orders.subtotal_amount
                - coalesce(orders.discount_amount, 0)
                + coalesce(orders.shipping_amount, 0)
                + coalesce(orders.tax_amount, 0)
            ) as total_amount,
            coalesce(line_totals.line_discount_amount, 0) as line_discount_amount,
            coalesce(line_totals.gift_card_amount, 0) as gift_card_amount,
            coalesce(line_totals.non_merchandise_gross, 0) as non_merchandise_amount,
            line_totals.{{ "merchandise_cost_amount" if merchandise_only else "cost_amount" }}
            as cost_amount,
            coalesce(line_totals.merchandise_lines, 1) = 0 as is_without_merchandise,
            -- dated refunds first, then the sum on the order, then its status
            coalesce(
                refunds.refund_amount,
                orders.refunded_amount,
                case
                    when orders.status = 'refunded'
                    then orders.subtotal_amount - coalesce(orders.discount_amount, 0)
                end,
                0
            ) as refund_amount,
            coalesce(refunds.refund_charges_amount, 0) as refund_charges_amount,
            orders.subtotal_amount - coalesce(line_totals.gift_card_amount, 0)
            {{ "- coalesce(line_totals.non_merchandise_gross, 0)" if merchandise_only }}
            as gross_revenue
        from orders
        left join line_totals on orders.order_id = line_totals.order_id
        left join refunds on orders.order_id = refunds.order_id
    ),

    kept as (
        select
            *,
            {% if basis == "gross" %} gross_revenue
            {% elif basis == "total" %}
                total_amount - refund_amount - refund_charges_amount
                {{ "- non_merchandise_amount" if merchandise_only }}
            {% else %} gross_revenue - discount_amount - refund_amount
            {% endif %} as net_revenue
        from joined
    ),

    final as (
        select
            cast(order_id as varchar) as order_id,
            cast(customer_id as varchar) as source_customer_id,
            cast(email_hash as varchar) as email_hash,
            cast(ordered_at as timestamp) as ordered_at,
            cast(ordered_at_local as timestamp) as ordered_at_local,
            cast(order_date as date) as order_date,
            cast(status as varchar) as status,
            cast(coalesce(is_test, false) as boolean) as is_test,
            cast(currency as varchar) as currency,
            {{ money("subtotal_amount") }} as subtotal_amount,
            {{ money("gift_card_amount") }} as gift_card_amount,
            {{ money("non_merchandise_amount") }} as non_merchandise_amount,
            {{ money("line_discount_amount") }} as line_discount_amount,
            {{ money("discount_amount") }} as discount_amount,
            {{ money("shipping_amount") }} as shipping_amount,
            {{ money("tax_amount") }} as tax_amount,
            {{ money("total_amount") }} as total_amount,
            {{ money("refund_amount") }} as refund_amount,
            {{ money("gross_revenue") }} as gross_revenue,
            {{ money("net_revenue") }} as net_revenue,
            -- on every basis: tax, shipping and gift cards earn no margin
            {{ money("gross_revenue - discount_amount - refund_amount - cost_amount") }}
            as gross_margin,
            is_without_merchandise,
            refund_amount > 0
            and refund_amount >= subtotal_amount - discount_amount as is_fully_refunded,
            cast(channel as varchar) as channel,
            cast(location_id as varchar) as location_id,
            cast(discount_code as varchar) as discount_code
        from kept
    )

select *
from final
