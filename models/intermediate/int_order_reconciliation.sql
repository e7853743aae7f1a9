-- One row is one order placed before as_of and the parts its amounts must be made of.
{%- set basis = policy("order_revenue_basis") %}
{%- set merchandise_only = policy("merchandise_only") == "true" %}
with
    staged as (
        select
            order_id, subtotal_amount, coalesce(discount_amount, 0) as discount_amount
        from {{ ref("stg_orders") }}
        where ordered_at_local < {{ as_of() }}
    ),

    classified as (select * from {{ ref("int_orders_classified") }}),

    line_totals as (
        select order_id, non_merchandise_gross from {{ ref("int_order_line_totals") }}
    ),

    refunds as (
        select order_id, refund_charges_amount from {{ ref("int_order_refunds") }}
    ),

    parts as (
        select
            coalesce(staged.order_id, classified.order_id) as order_id,
            staged.order_id is not null as is_staged,
            classified.order_id is not null as is_classified,
            classified.exclusion_reason,
            classified.fx_rate,
            staged.subtotal_amount,
            classified.gross_revenue,
            classified.gift_card_amount,
            {% if merchandise_only %} coalesce(line_totals.non_merchandise_gross, 0)
            {% else %} 0
            {% endif %} as non_merchandise_amount,
            {% if basis == "total" %}
                classified.total_amount
                {{ "- coalesce(line_totals.non_merchandise_gross, 0)" if merchandise_only }}
            {% else %} classified.gross_revenue
            {% endif %} as net_base_amount,
            {% if basis == "gross" %} 0
            {% elif basis == "total" %}
                classified.refund_amount + coalesce(refunds.refund_charges_amount, 0)
            {% else %} classified.refund_amount
            {% endif %} as refunded_amount,
            {{ "staged.discount_amount" if basis == "net_product" else "0" }}
            as discounted_amount,
            classified.net_revenue,
        from staged
        full join classified on staged.order_id = classified.order_id
        left join line_totals on classified.order_id = line_totals.order_id
        left join refunds on classified.order_id = refunds.order_id
    ),

    final as (
        select
            cast(order_id as varchar) as order_id,
            cast(is_staged as boolean) as is_staged,
            cast(is_classified as boolean) as is_classified,
            cast(exclusion_reason as varchar) as exclusion_reason,
            cast(fx_rate as decimal(18, 8)) as fx_rate,
            {{ money("subtotal_amount") }} as subtotal_amount,
            {{ money("gross_revenue") }} as gross_revenue,
            {{ money("gift_card_amount") }} as gift_card_amount,
            {{ money("non_merchandise_amount") }} as non_merchandise_amount,
            {{ money("net_base_amount") }} as net_base_amount,
            {{ money("refunded_amount") }} as refunded_amount,
            {{ money("discounted_amount") }} as discounted_amount,
            {{ money("net_revenue") }} as net_revenue,
            {{ money("subtotal_amount - gross_revenue - gift_card_amount - non_merchandise_amount") }}
            as gross_difference,
            {{ money("net_base_amount - refunded_amount - discounted_amount - net_revenue") }}
            as net_difference,
        from parts
    )

select *
from final
