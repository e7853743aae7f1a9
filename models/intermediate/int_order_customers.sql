-- One row is one customer id as orders give it: an id of the shop, or 'email_' and the
-- hashed e-mail for guests when guest_policy resolves them.
with
    orders as (select * from {{ ref("int_order_amounts") }}),

    buyers as (
        select
            case
                when source_customer_id is not null
                then source_customer_id
                {% if policy("guest_policy") == "resolve_by_email" %}
                    else 'email_' || email_hash
                {% endif %}
            end as source_customer_id,
            source_customer_id is null as is_guest_email,
            email_hash,
            ordered_at,
            ordered_at_local
        from orders
    ),

    -- an id with orders under several e-mails (a till, a shared login) has none
    final as (
        select
            cast(source_customer_id as varchar) as source_customer_id,
            cast(is_guest_email as boolean) as is_guest_email,
            cast(min(ordered_at) as timestamp) as first_ordered_at,
            cast(min(ordered_at_local) as timestamp) as first_ordered_at_local,
            cast(
                case
                    when min(email_hash) = max(email_hash) then min(email_hash)
                end as varchar
            ) as email_hash
        from buyers
        where source_customer_id is not null
        group by source_customer_id, is_guest_email
    )

select *
from final
