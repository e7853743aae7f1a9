-- One row is one customer with a valid survey answer, and the last ones.
with
    answers as (select * from {{ ref("int_survey_responses") }} where is_valid),

    latest as (
        select *
        from answers
        qualify
            row_number() over (
                partition by customer_id, survey_type
                order by responded_at desc nulls last, response_id desc nulls last
            )
            = 1
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(
                max(case when survey_type = 'nps' then score end) as integer
            ) as last_nps_score,
            cast(
                max(
                    case
                        when survey_type <> 'nps'
                        then null
                        when band = 'high'
                        then 'promoter'
                        when band = 'middle'
                        then 'passive'
                        else 'detractor'
                    end
                ) as varchar
            ) as nps_category,
            cast(
                max(case when survey_type = 'nps' then responded_at end) as timestamp
            ) as last_nps_at,
            cast(
                max(case when survey_type = 'csat' then score end) as integer
            ) as last_csat_score,
            cast(
                max(case when survey_type = 'ces' then score end) as integer
            ) as last_ces_score
        from latest
        group by customer_id
    )

select *
from final
