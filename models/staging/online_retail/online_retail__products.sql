-- One row is one stock code of the file: a canonical product. Codes are case-sensitive.
{{ config(enabled=(var("adapters", none) or {}).get("products") == "online_retail") }}
with
    lines as (select * from {{ ref("online_retail__lines") }}),

    texts as (
        select
            stock_code,
            description,
            count(*) filter (where line_kind = 'sale') as sold_lines,
            count(*) as lines,
        from lines
        group by stock_code, description
    ),

    ranked as (
        select
            stock_code,
            description,
            -- stock corrections carry notes such as "damaged": sold lines name a
            -- product
            row_number() over (
                partition by stock_code
                order by
                    case when description is null then 1 else 0 end,
                    sold_lines desc nulls last,
                    lines desc nulls last,
                    description nulls last
            ) as preference,
        from texts
    ),

    products as (select * from ranked where preference = 1),

    final as (
        select
            cast(stock_code as varchar) as product_id,
            cast(description as varchar) as name,
            cast(null as varchar) as category,
            cast(null as varchar) as brand,
            cast(null as decimal(18, 4)) as unit_cost,
            cast(null as integer) as replenishment_days,
            -- POST, DOT, M, D, S, C2, BANK CHARGES, ... have no five leading digits
            cast(
                regexp_matches(stock_code, '^[0-9]{5}[A-Za-z]*$') as boolean
            ) as is_merchandise,
            cast(null as timestamp) as _loaded_at,
        from products
    )

select *
from final
