-- One row is one hashed e-mail address or phone number that may be given to one
-- advertising platform for one audience.
with
    members as (
        select *
        from {{ ref("int_audience_members") }}
        where has_consent and not has_open_request
    ),

    identifiers as (select * from {{ ref("int_ad_identifiers") }}),

    matched as (
        select
            members.audience,
            members.kind,
            members.customer_id,
            identifiers.platform,
            identifiers.identifier_type,
            identifiers.identifier
        from members
        inner join identifiers on members.customer_id = identifiers.customer_id
    ),

    final as (
        select
            cast(audience as varchar) as audience,
            cast(platform as varchar) as platform,
            cast(identifier as varchar) as identifier,
            cast(kind as varchar) as kind,
            cast(identifier_type as varchar) as identifier_type,
            cast(count(distinct customer_id) as bigint) as customers
        from matched
        group by audience, platform, identifier, kind, identifier_type
    )

select *
from final
