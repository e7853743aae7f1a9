-- One row is one canonical customer: what they do, say, earn and allow, beside what
-- they
-- buy; the second half of dim_customers.
with
    customers as (select customer_id from {{ ref("int_customers") }}),

    activity as (select * from {{ ref("int_customer_activity") }}),

    health as (select * from {{ ref("int_customer_health") }}),

    surveys as (select * from {{ ref("int_customer_survey") }}),

    support as (select * from {{ ref("int_customer_support") }}),

    contacts as (select * from {{ ref("int_customer_contacts") }}),

    loyalty as (select * from {{ ref("int_customer_loyalty") }}),

    loyalty_types as (select * from {{ ref("int_customer_loyalty_type") }}),

    referrals as (select * from {{ ref("int_customer_referrals") }}),

    consent as (select * from {{ ref("int_customer_consent") }}),

    preferences as (select * from {{ ref("int_customer_preferences") }}),

    audiences as (select * from {{ ref("int_customer_audience") }}),

    final as (
        select
            cast(customers.customer_id as varchar) as customer_id,
            activity.first_seen_at,
            activity.last_seen_at,
            cast(coalesce(activity.active_days_28, 0) as bigint) as active_days_28,
            cast(coalesce(activity.sessions_28, 0) as bigint) as sessions_28,
            activity.activated_at,
            health.health_score,
            health.health_band,
            surveys.last_nps_score,
            surveys.nps_category,
            surveys.last_nps_at,
            surveys.last_csat_score,
            cast(coalesce(support.tickets, 0) as bigint) as tickets,
            cast(coalesce(support.open_complaints, 0) as bigint) as open_complaints,
            cast(coalesce(contacts.contacts_28d, 0) as bigint) as contacts_28d,
            contacts.best_send_hour,
            loyalty.enrolled_at as loyalty_enrolled_at,
            loyalty.loyalty_tier,
            loyalty.points_balance,
            loyalty_types.loyalty_type,
            cast(
                coalesce(referrals.successful_referrals, 0) as bigint
            ) as successful_referrals,
            consent.marketing_consent_email,
            consent.marketing_consent_sms,
            consent.marketing_consent_ads,
            consent.marketing_consent_profiling,
            consent.marketing_consent_analytics,
            preferences.preferences,
            audiences.audience,
            cast(
                case
                    when audiences.customer_id is null
                    then null
                    when
                        audiences.is_cancel_requested
                        or audiences.audience
                        in ('cancelled_winback', 'at_risk', 'lapsed', 'lost')
                    then 'late'
                    when
                        activity.is_activating
                        or audiences.audience
                        in ('onboarding', 'trial_expiring', 'prospect')
                    then 'early'
                    else 'mid'
                end as varchar
            ) as retention_stage
        from customers
        left join activity on customers.customer_id = activity.customer_id
        left join health on customers.customer_id = health.customer_id
        left join surveys on customers.customer_id = surveys.customer_id
        left join support on customers.customer_id = support.customer_id
        left join contacts on customers.customer_id = contacts.customer_id
        left join loyalty on customers.customer_id = loyalty.customer_id
        left join loyalty_types on customers.customer_id = loyalty_types.customer_id
        left join referrals on customers.customer_id = referrals.customer_id
        left join consent on customers.customer_id = consent.customer_id
        left join preferences on customers.customer_id = preferences.customer_id
        left join audiences on customers.customer_id = audiences.customer_id
    )

select *
from final
