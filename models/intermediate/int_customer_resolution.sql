-- One row is one customer id of a source and the canonical customer that it stands for.
-- Groups of linked ids: in each of 10 rounds every link takes the smallest rank of its
-- customers and every customer the smallest rank of its links.
with
    customers as (select * from {{ ref("int_customer_sources") }}),

    links as (select * from {{ ref("int_customer_links") }}),

    choices as (select * from {{ ref("int_customer_choices") }}),

    customers_0 as (select source_customer_id, choice from choices),

    {% for round in range(1, 11) %}
        links_{{ round }} as (
            select links.link_type, links.link_value, min(labels.choice) as choice
            from links
            inner join
                customers_{{ round - 1 }} as labels
                on links.source_customer_id = labels.source_customer_id
            group by links.link_type, links.link_value
        ),

        customers_{{ round }} as (
            select links.source_customer_id, min(labels.choice) as choice
            from links
            inner join
                links_{{ round }} as labels
                on links.link_type = labels.link_type
                and links.link_value = labels.link_value
            group by links.source_customer_id
        ),
    {% endfor %}

    grouped as (
        select
            customers.*,
            choices.is_merged_away,
            choices.shares_email,
            choices.shares_phone,
            coalesce(
                canonical.source_customer_id, customers.source_customer_id
            ) as canonical_id
        from customers
        left join choices on customers.source_customer_id = choices.source_customer_id
        left join
            customers_10 as labels
            on customers.source_customer_id = labels.source_customer_id
        left join choices as canonical on labels.choice = canonical.choice
    ),

    -- a request for one id erases the person: all ids of the group
    requested as (
        select distinct canonical_id as requested_id from grouped where is_requested
    ),

    resolved as (
        select
            grouped.*,
            grouped.is_erased or requested.requested_id is not null as is_gone,
            case
                when grouped.is_erased or requested.requested_id is not null
                then {{ erased_id("grouped.canonical_id") }}
                else grouped.canonical_id
            end as customer_id
        from grouped
        left join requested on grouped.canonical_id = requested.requested_id
    ),

    final as (
        select
            cast(source_customer_id as varchar) as source_customer_id,
            cast(customer_id as varchar) as customer_id,
            cast(
                case
                    when is_gone
                    then 'erased'
                    when source_kind = 'guest_email'
                    then 'guest_email'
                    when
                        customer_id = source_customer_id
                        and source_kind
                        in ('order_only', 'subscription_only', 'signal_only')
                    then source_kind
                    when customer_id = source_customer_id
                    then 'self'
                    when is_merged_away
                    then 'merged_into'
                    when shares_email
                    then 'email_hash'
                    when shares_phone
                    then 'phone_hash'
                    else 'merged_into'
                end as varchar
            ) as resolution_rule,
            cast(source_customer_id = canonical_id as boolean) as is_canonical
        from resolved
    )

select *
from final
