-- Customers whose calendar does not hold every message that was sent to them and did
-- not
-- bounce.
with
    sent as (
        select customer_id, count(*) as contacts
        from {{ ref("int_contacts") }}
        where not has_bounced
        group by customer_id
    ),

    shown as (
        select customer_id, sum(contacts) as contacts
        from {{ ref("contact_calendar") }}
        group by customer_id
    )

select sent.customer_id, sent.contacts, shown.contacts as shown_contacts
from sent
full join shown on sent.customer_id = shown.customer_id
where sent.contacts is distinct from shown.contacts
