-- One row is one customer in one audience for advertising platforms, with what decides
-- whether they may be exported.
with
    customers as (
        select *
        from {{ ref("int_customers") }}
        where not is_erased and not is_test and not is_internal
    ),

    buyers as (select * from {{ ref("int_customer_orders") }}),

    subscriptions as (select * from {{ ref("int_customer_subscriptions") }}),

    audiences as (select * from {{ ref("export_audiences") }}),

    consent as (
        select customer_id, status = 'granted' as has_consent
        from {{ ref("int_consent_current") }}
        where purpose = 'ads_matching'
    ),

    -- being looked at is reason enough to leave somebody out
    asked as (
        select distinct resolution.customer_id
        from {{ ref("stg_erasure_requests") }} as requests
        inner join
            {{ ref("int_customer_resolution") }} as resolution
            on requests.customer_id = resolution.source_customer_id
        where requests.completed_at is null
    ),

    traits as (
        select
            customers.customer_id,
            coalesce(consent.has_consent, false) as has_consent,
            asked.customer_id is not null as has_open_request,
            buyers.customer_id is not null as is_buyer,
            coalesce(subscriptions.is_sub, false) as is_subscriber,
            subscriptions.mrr_started_at is not null as has_paid_mrr,
            buyers.net_revenue
        from customers
        left join consent on customers.customer_id = consent.customer_id
        left join asked on customers.customer_id = asked.customer_id
        left join buyers on customers.customer_id = buyers.customer_id
        left join subscriptions on customers.customer_id = subscriptions.customer_id
    ),

    -- equal values share a place: all of them are in or none is
    ranked as (
        select
            *,
            rank() over (
                partition by is_buyer order by net_revenue desc nulls last
            ) as place,
            count(*) over (partition by is_buyer) as peers
        from traits
    ),

    chosen as (
        select ranked.*, audiences.audience, audiences.kind
        from ranked
        inner join
            audiences
            on case
                audiences.audience
                when 'lookalike_seed'
                then
                    ranked.is_buyer
                    and ranked.net_revenue > 0
                    and ranked.place <= ceil(ranked.peers * audiences.top_share)
                when 'remarketing'
                then ranked.is_buyer
                when 'retargeting'
                then not ranked.is_buyer and not ranked.has_paid_mrr
                when 'exclusion_buyers'
                then ranked.is_buyer
                when 'exclusion_subscribers'
                then ranked.is_subscriber
            end
    ),

    final as (
        select
            cast(audience as varchar) as audience,
            cast(customer_id as varchar) as customer_id,
            cast(kind as varchar) as kind,
            cast(has_consent as boolean) as has_consent,
            cast(has_open_request as boolean) as has_open_request
        from chosen
    )

select *
from final
