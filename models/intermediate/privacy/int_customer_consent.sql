-- One row is one customer who decided about at least one purpose: yes or no to each.
with
    consent as (select * from {{ ref("int_consent_current") }}),

    answers as (
        select customer_id, purpose, status = 'granted' as is_granted from consent
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(
                bool_or(is_granted) filter (
                    where purpose = 'email_marketing'
                ) as boolean
            ) as marketing_consent_email,
            cast(
                bool_or(is_granted) filter (where purpose = 'sms_marketing') as boolean
            ) as marketing_consent_sms,
            cast(
                bool_or(is_granted) filter (where purpose = 'ads_matching') as boolean
            ) as marketing_consent_ads,
            cast(
                bool_or(is_granted) filter (where purpose = 'profiling') as boolean
            ) as marketing_consent_profiling,
            cast(
                bool_or(is_granted) filter (where purpose = 'analytics') as boolean
            ) as marketing_consent_analytics
        from answers
        group by customer_id
    )

select *
from final
