-- One row is one day of a customer on which they were contacted, and the last day
-- before
-- as_of.
with
    days as (select * from {{ ref("int_contact_days") }}),

    due as (select * from {{ ref("int_contact_due") }}),

    combined as (
        select
            customer_id,
            calendar_date,
            {% for channel in ["email", "sms", "push", "in_app", "ad", "mail", "call"] %}
                coalesce(
                    max(case when channel = '{{ channel }}' then contacts end), 0
                ) as {{ channel }}_contacts,
            {% endfor %}
            max(case when channel = 'all' then contacts end) as contacts,
            max(case when channel = 'all' then contacts_7d end) as contacts_7d,
            max(case when channel = 'all' then contacts_28d end) as contacts_28d,
            max(
                case when channel = 'all' then prior_contact_date end
            ) as prior_contact_date,
            max(case when is_over_cap then 1 else 0 end) = 1 as is_over_cap
        from days
        group by customer_id, calendar_date
    ),

    final as (
        select
            cast(combined.customer_id as varchar) as customer_id,
            cast(combined.calendar_date as date) as calendar_date,
            cast(contacts as bigint) as contacts,
            cast(email_contacts as bigint) as email_contacts,
            cast(sms_contacts as bigint) as sms_contacts,
            cast(push_contacts as bigint) as push_contacts,
            cast(in_app_contacts as bigint) as in_app_contacts,
            cast(ad_contacts as bigint) as ad_contacts,
            cast(mail_contacts as bigint) as mail_contacts,
            cast(call_contacts as bigint) as call_contacts,
            cast(contacts_7d as bigint) as contacts_7d,
            cast(contacts_28d as bigint) as contacts_28d,
            cast(is_over_cap as boolean) as is_over_cap,
            {{ days_between("prior_contact_date", "combined.calendar_date") }}
            as days_since_last_contact,
            cast(next_due_date as date) as next_due_date,
            cast(has_unsubscribed as boolean) as has_unsubscribed,
            cast(
                combined.calendar_date
                = cast({{ as_of() }} - interval 1 microsecond as date) as boolean
            ) as is_current
        from combined
        left join
            due
            on combined.customer_id = due.customer_id
            and combined.calendar_date = due.calendar_date
    )

select *
from final
