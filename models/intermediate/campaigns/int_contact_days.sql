-- One row is one day of a customer with a contact, or the last day before as_of, and
-- one
-- channel that the customer was ever contacted by (all = over all of them).
with
    contacts as (select * from {{ ref("int_contacts") }} where not has_bounced),

    caps as (select * from {{ ref("contact_caps") }}),

    days as (
        select customer_id, contact_date as calendar_date
        from contacts
        union
        select customer_id, cast({{ as_of() }} - interval 1 microsecond as date)
        from contacts
    ),

    counts as (
        select customer_id, contact_date as calendar_date, channel, count(*) as contacts
        from contacts
        group by customer_id, contact_date, channel
        union all
        select customer_id, contact_date, 'all', count(*)
        from contacts
        group by customer_id, contact_date
    ),

    channels as (select distinct customer_id, channel from counts),

    cells as (
        select
            days.customer_id,
            days.calendar_date,
            channels.channel,
            coalesce(counts.contacts, 0) as contacts,
            {{ days_between("cast('2000-01-01' as date)", "days.calendar_date") }}
            as day_number
        from days
        inner join channels on days.customer_id = channels.customer_id
        left join
            counts
            on days.customer_id = counts.customer_id
            and days.calendar_date = counts.calendar_date
            and channels.channel = counts.channel
    ),

    rolled as (
        select
            *,
            sum(contacts) over (
                partition by customer_id, channel
                order by day_number nulls last
                range between 6 preceding and current row
            ) as contacts_7d,
            sum(contacts) over (
                partition by customer_id, channel
                order by day_number nulls last
                range between 27 preceding and current row
            ) as contacts_28d,
            sum(contacts) over (
                partition by customer_id, channel
                order by day_number nulls last
                rows between unbounded preceding and current row
            ) as contacts_so_far,
            max(case when contacts > 0 then calendar_date end) over (
                partition by customer_id, channel
                order by day_number nulls last
                rows between unbounded preceding and 1 preceding
            ) as prior_contact_date
        from cells
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(calendar_date as date) as calendar_date,
            cast(rolled.channel as varchar) as channel,
            cast(contacts as bigint) as contacts,
            cast(contacts_7d as bigint) as contacts_7d,
            cast(contacts_28d as bigint) as contacts_28d,
            cast(contacts_so_far as bigint) as contacts_so_far,
            cast(prior_contact_date as date) as prior_contact_date,
            cast(
                coalesce(contacts_7d > max_contacts_7d, false)
                or coalesce(contacts_28d > max_contacts_28d, false) as boolean
            ) as is_over_cap
        from rolled
        left join caps on rolled.channel = caps.channel
    )

select *
from final
