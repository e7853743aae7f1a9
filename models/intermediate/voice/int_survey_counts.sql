-- One row is one kind of survey in a month, quarter or year and one segment.
with
    moments as (select * from {{ ref("int_survey_moments") }}),

    keyed as (
        select
            moments.*,
            segment_type,
            case
                segment_type
                when 'country'
                then country
                when 'acquisition_channel'
                then acquisition_channel
                else 'all'
            end as segment,
            moment = 'sent' as is_invitation
        from moments
        cross join
            (values ('all'), ('country'), ('acquisition_channel')) as types(
                segment_type
            )
    ),

    final as (
        select
            cast(survey_type as varchar) as survey_type,
            cast(grain as varchar) as grain,
            cast(period_start as date) as period_start,
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(count(*) filter (where is_invitation) as bigint) as surveys_sent,
            cast(
                count(*) filter (where is_invitation and is_answered) as bigint
            ) as surveys_answered,
            cast(count(*) filter (where not is_invitation) as bigint) as answers,
            cast(
                count(*) filter (where not is_invitation and not is_valid) as bigint
            ) as invalid_answers,
            cast(count(*) filter (where is_latest) as bigint) as responses,
            cast(
                count(*) filter (where is_latest and band = 'high') as bigint
            ) as high_responses,
            cast(
                count(*) filter (where is_latest and band = 'middle') as bigint
            ) as middle_responses,
            cast(
                count(*) filter (where is_latest and band = 'low') as bigint
            ) as low_responses,
            cast(
                coalesce(sum(case when is_latest then score end), 0) as bigint
            ) as score_sum
        from keyed
        group by survey_type, grain, period_start, segment_type, segment
    )

select *
from final
