-- One row is one day of a customer's contact calendar: when the next contact is due
-- after
-- it, not before the caps over all channels leave room for one more.
with
    days as (select * from {{ ref("int_contact_days") }} where channel = 'all'),

    numbered as (
        select
            customer_id,
            contact_date,
            row_number() over (
                partition by customer_id
                order by
                    contact_date nulls last,
                    campaign_id nulls last,
                    source_customer_id nulls last
            ) as contact_number
        from {{ ref("int_contacts") }}
        where not has_bounced
    ),

    unsubscribed as (
        select customer_id, min(unsubscribed_date) as unsubscribed_date
        from {{ ref("int_contacts") }}
        group by customer_id
    ),

    caps as (select * from {{ ref("contact_caps") }} where channel = 'all'),

    final as (
        select
            cast(days.customer_id as varchar) as customer_id,
            cast(days.calendar_date as date) as calendar_date,
            cast(
                coalesce(unsubscribed_date <= days.calendar_date, false) as boolean
            ) as has_unsubscribed,
            cast(
                case
                    when unsubscribed_date <= days.calendar_date
                    then null
                    else
                        greatest(
                            {{ add_days(
                                "case when days.contacts > 0 then days.calendar_date else prior_contact_date end",
                                "due_after_days"
                            ) }},
                            {{ add_days("seventh.contact_date", "7") }},
                            {{ add_days("twentyeighth.contact_date", "28") }}
                        )
                end as date
            ) as next_due_date
        from days
        cross join caps
        left join unsubscribed on days.customer_id = unsubscribed.customer_id
        -- with k allowed on 7 days the next one waits for the k-th last to be 7 days
        -- old
        left join
            numbered as seventh
            on days.customer_id = seventh.customer_id
            and seventh.contact_number = contacts_so_far - max_contacts_7d + 1
        left join
            numbered as twentyeighth
            on days.customer_id = twentyeighth.customer_id
            and twentyeighth.contact_number = contacts_so_far - max_contacts_28d + 1
    )

select *
from final
