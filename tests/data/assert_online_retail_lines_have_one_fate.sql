-- Every line of the file has exactly one fate, and lines and money of the fates sum
-- to the whole file.
{{ config(enabled="online_retail" in (var("adapters", none) or {}).values()) }}
with
    source as (
        select count(*) as lines, coalesce(sum(quantity * unit_price), 0) as amount
        from {{ source("online_retail", "invoice_lines") }}
    ),

    audit as (
        select count(fate) as lines, coalesce(sum(amount), 0) as amount
        from {{ ref("online_retail__line_audit") }}
    )

select
    source.lines as lines_in_file,
    audit.lines as lines_with_fate,
    source.amount as amount_in_file,
    audit.amount as amount_with_fate
from source
cross join audit
where source.lines <> audit.lines or source.amount <> audit.amount
