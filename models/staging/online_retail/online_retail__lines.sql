-- One row is one line of the published file: trimmed, numbered, and sorted into a kind.
{{
    config(
        materialized="table",
        enabled="online_retail" in (var("adapters", none) or {}).values(),
    )
}}
with
    source as (select * from {{ source("online_retail", "invoice_lines") }}),

    trimmed as (
        select
            trim(invoice_no) as invoice_no,
            trim(stock_code) as stock_code,
            nullif(trim(description), '') as description,
            quantity,
            -- local time without a zone, taken as UTC
            invoice_ts as invoiced_at,
            unit_price,
            nullif(trim(customer_id), '') as customer_text,
            nullif(nullif(trim(country), ''), 'Unspecified') as country,
        from source
    ),

    identified as (
        select
            * exclude (customer_text),
            -- 17850.0 is what a spreadsheet makes of customer 17850
            case
                when customer_text like '%.0'
                then substr(customer_text, 1, length(customer_text) - 2)
                else customer_text
            end as customer_id,
            upper(substr(invoice_no, 1, 1)) as invoice_letter,
        from trimmed
    ),

    numbered as (
        select
            *,
            row_number() over every_column as line_number,
            rank() over every_column as first_equal_line_number,
        from identified
        -- equal lines are interchangeable, so the numbers do not depend on file order
        window
            every_column as (
                partition by invoice_no
                order by
                    stock_code nulls last,
                    quantity nulls last,
                    unit_price nulls last,
                    invoiced_at nulls last,
                    description nulls last,
                    customer_id nulls last,
                    country nulls last
            )
    ),

    final as (
        select
            cast(
                invoice_no || '-' || cast(line_number as varchar) as varchar
            ) as line_id,
            cast(invoice_no as varchar) as invoice_no,
            cast(stock_code as varchar) as stock_code,
            cast(description as varchar) as description,
            cast(quantity as decimal(18, 4)) as quantity,
            cast(unit_price as decimal(18, 4)) as unit_price,
            {{ money(times("quantity", "unit_price")) }} as amount,
            cast(invoiced_at as timestamp) as invoiced_at,
            cast(customer_id as varchar) as customer_id,
            cast(country as varchar) as country,
            cast(
                case
                    when invoice_letter = 'A'
                    then 'adjustment'
                    when invoice_letter = 'C' and quantity < 0 and unit_price > 0
                    then 'return'
                    when invoice_letter = 'C'
                    then 'return_without_value'
                    when quantity <= 0
                    then 'quantity_not_positive'
                    when unit_price <= 0
                    then 'price_not_positive'
                    else 'sale'
                end as varchar
            ) as line_kind,
            cast(line_number > first_equal_line_number as boolean) as is_repeat,
        from numbered
    )

select *
from final
