-- Merges, e-mails and phone numbers whose customers were not resolved to one: the chain
-- of links is longer than the rounds of int_customer_resolution.
select
    links.link_type,
    links.link_value,
    count(*) as source_customers,
    count(distinct resolution.customer_id) as customers
from {{ ref("int_customer_links") }} as links
inner join
    {{ ref("int_customer_resolution") }} as resolution
    on links.source_customer_id = resolution.source_customer_id
group by links.link_type, links.link_value
having count(distinct resolution.customer_id) > 1
