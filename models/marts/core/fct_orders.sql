-- One row is one valid order (sale, transaction), with its place in the life of its
-- customer. Guest orders are in it, without a place.
with
    orders as (select * from {{ ref("int_orders_sequenced") }}),

    final as (
        select
            order_id,
            customer_id,
            is_guest,
            ordered_at,
            ordered_at_local,
            order_date,
            status,
            order_number,
            is_first_order,
            prior_order_date,
            days_since_prior_order,
            first_order_date,
            days_since_first_order,
            cohort_month,
            strftime(cohort_month, '%Y-%m') as cohort_label,
            cohort_index,
            is_left_censored,
            currency,
            subtotal_amount,
            gift_card_amount,
            discount_amount,
            line_discount_amount,
            refund_amount,
            shipping_amount,
            tax_amount,
            total_amount,
            gross_revenue,
            net_revenue,
            gross_margin,
            reporting_currency,
            fx_rate,
            gross_revenue_reporting,
            net_revenue_reporting,
            gross_margin_reporting,
            {{ safe_divide("discount_amount + line_discount_amount", "subtotal_amount + line_discount_amount") }}
            as discount_share,
            cast(
                discount_amount + line_discount_amount = 0 as boolean
            ) as is_full_price,
            discount_code,
            channel,
            location_id
        from orders
    )

select *
from final
