-- One row is one customer id that other sources than accounts and orders know before
-- as_of: subscriptions and invoices, events, surveys, tickets, campaigns, loyalty,
-- referrals, consent, preferences.
with
    billing as (
        select
            source_customer_id as customer_id,
            first_billed_at as known_at,
            first_billed_at_local as known_at_local,
            1 as billed
        from {{ ref("int_billing_customers") }}
    ),

    surveys as (
        select
            customer_id,
            least(sent_at, responded_at) as known_at,
            least(sent_at_local, responded_at_local) as known_at_local,
            0 as billed
        from {{ ref("stg_survey_responses") }}
    ),

    tickets as (
        select
            customer_id,
            created_at as known_at,
            created_at_local as known_at_local,
            0 as billed
        from {{ ref("stg_tickets") }}
    ),

    members as (
        select
            customer_id,
            assigned_at as known_at,
            assigned_at_local as known_at_local,
            0 as billed
        from {{ ref("stg_campaign_members") }}
    ),

    loyalty as (
        select
            source_customer_id as customer_id,
            first_known_at as known_at,
            first_known_at_local as known_at_local,
            0 as billed
        from {{ ref("int_loyalty_customers") }}
    ),

    activity as (
        select
            source_customer_id as customer_id,
            first_seen_at as known_at,
            first_seen_at_local as known_at_local,
            0 as billed
        from {{ ref("int_activity_customers") }}
    ),

    decisions as (
        select
            customer_id,
            occurred_at as known_at,
            occurred_at_local as known_at_local,
            0 as billed
        from {{ ref("stg_consent") }}
        union all
        select customer_id, collected_at, collected_at_local, 0
        from {{ ref("stg_preferences") }}
    ),

    known as (
        select *
        from billing
        union all
        select *
        from decisions
        union all
        select *
        from loyalty
        union all
        select *
        from activity
        union all
        select *
        from surveys
        union all
        select *
        from tickets
        union all
        select *
        from members
    ),

    final as (
        select
            cast(customer_id as varchar) as source_customer_id,
            cast(min(known_at) as timestamp) as first_known_at,
            cast(min(known_at_local) as timestamp) as first_known_at_local,
            cast(max(billed) = 1 as boolean) as is_billed
        from known
        where known_at_local < {{ as_of() }}
        group by customer_id
    )

select *
from final
