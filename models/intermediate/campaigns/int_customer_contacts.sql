-- One row is one customer who was ever contacted, as they stand at as_of.
with
    contacts as (select * from {{ ref("int_contacts") }}),

    days as (
        select *
        from {{ ref("int_contact_days") }}
        where
            channel = 'all'
            and calendar_date = cast({{ as_of() }} - interval 1 microsecond as date)
    ),

    totals as (
        select
            customer_id,
            count(*) filter (where not has_bounced) as contacts,
            max(case when not has_bounced then sent_at end) as last_contact_at,
            count(clicked_hour) as clicks,
            max(case when unsubscribed_date is not null then 1 else 0 end)
            = 1 as has_unsubscribed
        from contacts
        group by customer_id
    ),

    hours as (
        select customer_id, clicked_hour, count(*) as clicks
        from contacts
        where clicked_hour is not null
        group by customer_id, clicked_hour
        qualify
            row_number() over (
                partition by customer_id
                order by count(*) desc nulls last, clicked_hour nulls last
            )
            = 1
    ),

    final as (
        select
            cast(totals.customer_id as varchar) as customer_id,
            cast(totals.contacts as bigint) as contacts,
            cast(coalesce(days.contacts_28d, 0) as bigint) as contacts_28d,
            cast(totals.last_contact_at as timestamp) as last_contact_at,
            cast(totals.clicks as bigint) as clicks,
            cast(
                case when totals.clicks >= 5 then hours.clicked_hour end as integer
            ) as best_send_hour,
            cast(totals.has_unsubscribed as boolean) as has_unsubscribed
        from totals
        left join days on totals.customer_id = days.customer_id
        left join hours on totals.customer_id = hours.customer_id
    )

select *
from final
