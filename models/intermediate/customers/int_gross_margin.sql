-- One row: the share of revenue that is gross margin, over all orders whose cost is
-- known.
with
    orders as (
        select *
        from {{ ref("int_orders_valid") }}
        where gross_margin_reporting is not null
    ),

    summed as (
        select
            count(*) as orders_with_margin,
            sum(net_revenue_reporting) as net_revenue,
            sum(gross_margin_reporting) as gross_margin
        from orders
    ),

    final as (
        select
            {% if var("gross_margin_rate", none) is not none %}
                cast('var' as varchar) as margin_source,
            {% else %}
                cast(
                    case
                        when orders_with_margin > 0 then 'orders' else 'unknown'
                    end as varchar
                ) as margin_source,
            {% endif %}
            cast(orders_with_margin as bigint) as orders_with_margin,
            {{ money("coalesce(net_revenue, 0)") }} as net_revenue,
            {{ money("coalesce(gross_margin, 0)") }} as gross_margin,
            {% if var("gross_margin_rate", none) is not none %}
                cast({{ var("gross_margin_rate") | float }} as double)
            {% else %} {{ safe_divide("gross_margin", "net_revenue") }}
            {% endif %} as gross_margin_rate
        from summed
    )

select *
from final
