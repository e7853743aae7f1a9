-- An invoice belongs to one customer: the order's customer_id would otherwise be a
-- guess.
{{ config(enabled="online_retail" in (var("adapters", none) or {}).values()) }}
with lines as (select * from {{ ref("online_retail__lines") }})

select
    invoice_no,
    count(distinct customer_id) as customers,
    min(customer_id) as lowest_customer_id,
    max(customer_id) as highest_customer_id
from lines
group by invoice_no
having count(distinct customer_id) > 1
