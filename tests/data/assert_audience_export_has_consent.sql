-- Exported identifiers that belong to nobody who grants ads_matching today: the last
-- event of each person is looked up from the events themselves.
with
    resolution as (
        select source_customer_id, customer_id
        from {{ ref("int_customer_resolution") }}
        where resolution_rule <> 'erased'
    ),

    decisions as (
        select resolution.customer_id, decisions.occurred_at, decisions.status
        from {{ ref("stg_consent") }} as decisions
        inner join resolution on decisions.customer_id = resolution.source_customer_id
        where
            decisions.purpose = 'ads_matching'
            and decisions.occurred_at_local < {{ as_of() }}
    ),

    last_decisions as (
        select customer_id, max(occurred_at) as occurred_at
        from decisions
        group by customer_id
    ),

    willing as (
        select decisions.customer_id
        from decisions
        inner join
            last_decisions
            on decisions.customer_id = last_decisions.customer_id
            and decisions.occurred_at = last_decisions.occurred_at
        group by decisions.customer_id
        having min(decisions.status) = 'granted' and max(decisions.status) = 'granted'
    ),

    allowed as (
        select distinct identifiers.platform, identifiers.identifier
        from willing
        inner join resolution on willing.customer_id = resolution.customer_id
        inner join
            {{ ref("stg_ad_identifiers") }} as identifiers
            on resolution.source_customer_id = identifiers.customer_id
    )

select exported.audience, exported.platform, exported.identifier
from {{ ref("audience_export") }} as exported
left join
    allowed
    on exported.platform = allowed.platform
    and exported.identifier = allowed.identifier
where allowed.identifier is null
