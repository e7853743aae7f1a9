-- One row is one message of a campaign that was sent to a customer before as_of.
with
    members as (
        select *
        from {{ ref("stg_campaign_members") }}
        where sent_at_local < {{ as_of() }}
    ),

    campaigns as (select * from {{ ref("int_campaigns") }}),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    customers as (select * from {{ ref("int_customers") }}),

    final as (
        select
            cast(members.campaign_id as varchar) as campaign_id,
            cast(members.customer_id as varchar) as source_customer_id,
            cast(resolution.customer_id as varchar) as customer_id,
            cast(campaigns.channel as varchar) as channel,
            cast(sent_at as timestamp) as sent_at,
            cast(sent_date as date) as contact_date,
            cast(
                coalesce(bounced_at_local < {{ as_of() }}, false) as boolean
            ) as has_bounced,
            cast(
                coalesce(
                    least(opened_at_local, clicked_at_local) < {{ as_of() }}, false
                ) as boolean
            ) as has_responded,
            cast(
                case
                    when least(opened_at_local, clicked_at_local) < {{ as_of() }}
                    then least(opened_at_local, clicked_at_local)
                end as date
            ) as responded_date,
            cast(
                case
                    when clicked_at_local < {{ as_of() }} then hour(clicked_at_local)
                end as integer
            ) as clicked_hour,
            cast(
                case
                    when
                        least(unsubscribed_at_local, complained_at_local)
                        < {{ as_of() }}
                    then least(unsubscribed_at_local, complained_at_local)
                end as date
            ) as unsubscribed_date
        from members
        inner join campaigns on members.campaign_id = campaigns.campaign_id
        inner join resolution on members.customer_id = resolution.source_customer_id
        inner join customers on resolution.customer_id = customers.customer_id
        where not customers.is_test and not customers.is_internal
    )

select *
from final
