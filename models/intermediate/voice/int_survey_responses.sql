-- One row is one survey sent or answered before as_of: whose it is, whether it counts.
with
    surveys as (
        select
            *,
            coalesce(responded_at_local < {{ as_of() }}, false) as is_answered,
            coalesce(sent_at_local < {{ as_of() }}, false) as is_sent
        from {{ ref("stg_survey_responses") }}
    ),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    customers as (select * from {{ ref("int_customers") }}),

    scales as (select * from {{ ref("survey_scales") }}),

    judged as (
        select
            surveys.*,
            resolution.customer_id as canonical_customer_id,
            customers.country,
            customers.acquisition_channel,
            scales.low_to,
            scales.high_from,
            is_answered
            and coalesce(
                score = floor(score)
                and score between scales.min_score and scales.max_score,
                false
            ) as is_valid
        from surveys
        inner join resolution on surveys.customer_id = resolution.source_customer_id
        inner join customers on resolution.customer_id = customers.customer_id
        left join scales on surveys.survey_type = scales.survey_type
        where
            (is_answered or is_sent)
            and not customers.is_test
            and not customers.is_internal
    ),

    final as (
        select
            cast(response_id as varchar) as response_id,
            cast(canonical_customer_id as varchar) as customer_id,
            cast(survey_type as varchar) as survey_type,
            cast(is_answered as boolean) as is_answered,
            cast(is_valid as boolean) as is_valid,
            cast(case when is_valid then score end as integer) as score,
            cast(
                case
                    when not is_valid
                    then null
                    when score <= low_to
                    then 'low'
                    when score >= high_from
                    then 'high'
                    else 'middle'
                end as varchar
            ) as band,
            cast(case when is_sent then sent_at end as timestamp) as sent_at,
            cast(case when is_sent then sent_at_local end as date) as sent_date,
            cast(
                case when is_answered then responded_at end as timestamp
            ) as responded_at,
            cast(
                case when is_answered then responded_at_local end as timestamp
            ) as responded_at_local,
            cast(
                case when is_answered then responded_at_local end as date
            ) as responded_date,
            cast(coalesce(country, 'unknown') as varchar) as country,
            cast(
                coalesce(acquisition_channel, 'unknown') as varchar
            ) as acquisition_channel
        from judged
    )

select *
from final
