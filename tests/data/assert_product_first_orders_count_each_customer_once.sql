-- first_product_retention: discounts and channels split all buyers and all their
-- revenue;
-- a product or category never has more customers than there are buyers.
with
    buyers as (
        select count(*) as buyers, coalesce(sum(net_revenue), 0) as net_revenue
        from {{ ref("int_customer_orders") }}
    ),

    dimensions as (
        select
            dimension,
            max(customers) as largest_value,
            sum(customers) as customers,
            sum(net_revenue) as dimension_revenue,
        from {{ ref("first_product_retention") }}
        group by dimension
    )

select dimensions.*, buyers.*
from dimensions
cross join buyers
where
    largest_value > buyers
    or (
        dimension in ('discount', 'channel')
        and (customers <> buyers or dimension_revenue <> net_revenue)
    )
