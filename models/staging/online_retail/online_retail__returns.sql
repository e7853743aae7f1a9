-- One row is one cancelled line, with the earlier sale line that it takes back where
-- one fits.
{{
    config(
        materialized="table",
        enabled="online_retail" in (var("adapters", none) or {}).values(),
    )
}}
with
    lines as (select * from {{ ref("online_retail__lines") }}),

    returned as (select * from lines where line_kind = 'return'),

    sales as (select * from lines where line_kind = 'sale' and customer_id is not null),

    candidates as (
        select
            returned.line_id,
            sales.line_id as sale_line_id,
            sales.invoice_no as sale_invoice_no,
            sales.quantity as sale_quantity,
            row_number() over (
                partition by returned.line_id
                order by
                    sales.invoiced_at desc nulls last, sales.line_id desc nulls last
            ) as preference,
        from returned
        inner join
            sales
            on returned.customer_id = sales.customer_id
            and returned.stock_code = sales.stock_code
            and returned.invoiced_at > sales.invoiced_at
            and - returned.quantity <= sales.quantity
    ),

    latest_sales as (select * from candidates where preference = 1),

    cumulated as (
        select
            returned.*,
            latest_sales.sale_line_id,
            latest_sales.sale_invoice_no,
            latest_sales.sale_quantity,
            -- what this and earlier cancellations take back from the same sale line
            sum(- returned.quantity) over (
                partition by latest_sales.sale_line_id
                order by returned.invoiced_at nulls last, returned.line_id nulls last
                rows between unbounded preceding and current row
            ) as returned_so_far,
        from returned
        left join latest_sales on returned.line_id = latest_sales.line_id
    ),

    judged as (
        select
            *,
            case
                when customer_id is null
                then 'no_customer'
                when sale_line_id is null
                then 'no_earlier_sale'
                when returned_so_far > sale_quantity
                then 'already_returned'
                else 'matched'
            end as match_result,
        from cumulated
    ),

    final as (
        select
            cast(line_id as varchar) as line_id,
            cast(customer_id as varchar) as customer_id,
            cast(stock_code as varchar) as stock_code,
            cast(invoiced_at as timestamp) as returned_at,
            cast(- quantity as decimal(18, 4)) as quantity,
            cast(- amount as decimal(18, 4)) as amount,
            cast(match_result as varchar) as match_result,
            cast(
                case when match_result = 'matched' then sale_line_id end as varchar
            ) as sale_line_id,
            cast(
                case when match_result = 'matched' then sale_invoice_no end as varchar
            ) as sale_invoice_no,
        from judged
    )

select *
from final
