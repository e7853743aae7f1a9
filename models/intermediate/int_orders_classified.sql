-- One row is one order placed before as_of, whatever became of it: whose it is, what it
-- is worth, and why it does not count (exclusion_reason; NULL for a valid order).
with
    orders as (select * from {{ ref("int_order_amounts") }}),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    customers as (select * from {{ ref("int_customers") }}),

    reporting as (select * from {{ ref("int_reporting_currency") }}),

    rates as (select * from {{ ref("int_fx_rates_daily") }}),

    joined as (
        select
            orders.*,
            resolution.customer_id,
            coalesce(
                customers.is_test or customers.is_internal, false
            ) as is_internal_customer,
            reporting.reporting_currency,
            case
                when orders.currency = reporting.reporting_currency
                then cast(1 as decimal(18, 8))
                else rates.rate
            end as fx_rate,
            case
                when orders.currency = reporting.reporting_currency
                then orders.order_date
                else rates.known_on
            end as fx_rate_date
        from orders
        cross join reporting
        left join
            resolution
            on coalesce(orders.source_customer_id, 'email_' || orders.email_hash)
            = resolution.source_customer_id
        left join customers on resolution.customer_id = customers.customer_id
        left join
            rates
            on orders.currency = rates.currency
            and orders.order_date = rates.rate_date
    ),

    final as (
        select
            cast(order_id as varchar) as order_id,
            cast(customer_id as varchar) as customer_id,
            cast(coalesce(customer_id, 'guest_' || order_id) as varchar) as buyer_id,
            cast(customer_id is null as boolean) as is_guest,
            cast(ordered_at as timestamp) as ordered_at,
            cast(ordered_at_local as timestamp) as ordered_at_local,
            cast(order_date as date) as order_date,
            cast(status as varchar) as status,
            cast(currency as varchar) as currency,
            {{ money("subtotal_amount") }} as subtotal_amount,
            {{ money("gift_card_amount") }} as gift_card_amount,
            {{ money("line_discount_amount") }} as line_discount_amount,
            {{ money("discount_amount") }} as discount_amount,
            {{ money("refund_amount") }} as refund_amount,
            {{ money("shipping_amount") }} as shipping_amount,
            {{ money("tax_amount") }} as tax_amount,
            {{ money("total_amount") }} as total_amount,
            {{ money("gross_revenue") }} as gross_revenue,
            {{ money("net_revenue") }} as net_revenue,
            {{ money("gross_margin") }} as gross_margin,
            cast(reporting_currency as varchar) as reporting_currency,
            cast(fx_rate as decimal(18, 8)) as fx_rate,
            cast(fx_rate_date as date) as fx_rate_date,
            {{ converted("gross_revenue", "fx_rate") }} as gross_revenue_reporting,
            {{ converted("net_revenue", "fx_rate") }} as net_revenue_reporting,
            {{ converted("gross_margin", "fx_rate") }} as gross_margin_reporting,
            cast(channel as varchar) as channel,
            cast(location_id as varchar) as location_id,
            cast(discount_code as varchar) as discount_code,
            cast(
                case
                    when status in ('pending', 'cancelled', 'failed')
                    then 'status_' || status
                    when is_test
                    then 'test_order'
                    when is_internal_customer
                    then 'internal_customer'
                    {% if policy("merchandise_only") == "true" %}
                        when is_without_merchandise then 'no_merchandise'
                    {% endif %}
                    {% if policy("exclude_fully_refunded_orders") == "true" %}
                        when is_fully_refunded then 'fully_refunded'
                    {% endif %}
                end as varchar
            ) as exclusion_reason
        from joined
    )

select *
from final
