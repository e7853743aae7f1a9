-- One row is one customer id that shares a link with another one, and its rank among
-- all of them: in a group of linked ids the smallest rank is the canonical customer.
with
    customers as (select * from {{ ref("int_customer_sources") }}),

    links as (select * from {{ ref("int_customer_links") }}),

    linked as (
        select
            source_customer_id,
            max(
                case
                    when link_type = 'merge' and link_value <> source_customer_id
                    then 1
                    else 0
                end
            ) as merged_away,
            max(case when link_type = 'email_hash' then 1 else 0 end) as by_email,
            max(case when link_type = 'phone_hash' then 1 else 0 end) as by_phone
        from links
        group by source_customer_id
    ),

    final as (
        select
            cast(linked.source_customer_id as varchar) as source_customer_id,
            cast(linked.merged_away = 1 as boolean) as is_merged_away,
            cast(linked.by_email = 1 as boolean) as shares_email,
            cast(linked.by_phone = 1 as boolean) as shares_phone,
            cast(
                row_number() over (
                    order by
                        linked.merged_away,
                        case
                            when customers.source_kind = 'guest_email' then 1 else 0
                        end,
                        customers.created_at nulls last,
                        linked.source_customer_id
                ) as bigint
            ) as choice
        from linked
        inner join customers on linked.source_customer_id = customers.source_customer_id
    )

select *
from final
