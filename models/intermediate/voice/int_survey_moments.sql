-- One row is one survey that was sent or answered, in the month, quarter or year in
-- which that happened.
with
    responses as (select * from {{ ref("int_survey_responses") }}),

    moments as (
        select *, 'sent' as moment, sent_date as moment_date, false as is_scored
        from responses
        where sent_date is not null
        union all
        select *, 'answered' as moment, responded_date as moment_date, is_valid
        from responses
        where is_answered
    ),

    placed as (
        select
            moments.*,
            grains.grain,
            case
                grains.grain
                when 'month'
                then {{ period_start("month", "moment_date") }}
                when 'quarter'
                then {{ period_start("quarter", "moment_date") }}
                else {{ period_start("year", "moment_date") }}
            end as period_start
        from moments
        cross join (values ('month'), ('quarter'), ('year')) as grains(grain)
    ),

    ranked as (
        select
            *,
            row_number() over (
                partition by is_scored, survey_type, grain, period_start, customer_id
                order by responded_at desc nulls last, response_id desc nulls last
            ) as place
        from placed
    ),

    final as (
        select
            cast(response_id as varchar) as response_id,
            cast(moment as varchar) as moment,
            cast(grain as varchar) as grain,
            cast(period_start as date) as period_start,
            cast(customer_id as varchar) as customer_id,
            cast(survey_type as varchar) as survey_type,
            cast(is_answered as boolean) as is_answered,
            cast(is_valid as boolean) as is_valid,
            cast(is_scored and place = 1 as boolean) as is_latest,
            cast(case when is_scored then score end as integer) as score,
            cast(case when is_scored then band end as varchar) as band,
            cast(country as varchar) as country,
            cast(acquisition_channel as varchar) as acquisition_channel
        from ranked
    )

select *
from final
