-- E-mails or phone numbers that more than 20 customer ids share: a placeholder such as
-- 000000 makes one customer of many people.
{{ config(severity="warn") }}
select link_type, link_value, max(customers) as customers
from {{ ref("int_customer_links") }}
where customers > 20 and link_type <> 'merge'
group by link_type, link_value
