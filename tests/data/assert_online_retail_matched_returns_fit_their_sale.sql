-- Matched returns never take back more pieces than their sale line sold, nor before
-- it, nor from another customer.
{{ config(enabled="online_retail" in (var("adapters", none) or {}).values()) }}
with
    returned as (
        select sale_line_id, customer_id, stock_code, quantity, returned_at
        from {{ ref("online_retail__returns") }}
        where match_result = 'matched'
    ),

    sales as (select * from {{ ref("online_retail__lines") }} where line_kind = 'sale'),

    summed as (
        select
            sale_line_id,
            sum(quantity) as returned_quantity,
            min(returned_at) as first_returned_at,
            min(customer_id) as lowest_customer_id,
            max(customer_id) as highest_customer_id,
            min(stock_code) as lowest_stock_code,
            max(stock_code) as highest_stock_code
        from returned
        group by sale_line_id
    )

select
    summed.sale_line_id,
    sales.quantity as sold_quantity,
    summed.returned_quantity,
    sales.invoiced_at as sold_at,
    summed.first_returned_at
from summed
left join sales on summed.sale_line_id = sales.line_id
where
    sales.line_id is null
    or summed.returned_quantity > sales.quantity
    or summed.first_returned_at <= sales.invoiced_at
    or summed.lowest_customer_id <> sales.customer_id
    or summed.highest_customer_id <> sales.customer_id
    or summed.lowest_stock_code <> sales.stock_code
    or summed.highest_stock_code <> sales.stock_code
