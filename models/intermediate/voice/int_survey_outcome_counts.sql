-- One row is one NPS category in a month, quarter or year and one segment: answers that
-- count, and what those customers did in the 90 days after.
with
    moments as (
        select *
        from {{ ref("int_survey_moments") }}
        where is_latest and survey_type = 'nps'
    ),

    outcomes as (select * from {{ ref("int_survey_outcomes") }}),

    keyed as (
        select
            moments.grain,
            moments.period_start,
            segment_type,
            case
                segment_type
                when 'country'
                then country
                when 'acquisition_channel'
                then acquisition_channel
                else 'all'
            end as segment,
            case
                band
                when 'high'
                then 'promoter'
                when 'middle'
                then 'passive'
                else 'detractor'
            end as nps_category,
            outcomes.is_mature_90d,
            outcomes.has_repurchased_90d,
            outcomes.has_referred_90d,
            outcomes.is_subscriber,
            outcomes.has_churned_90d
        from moments
        inner join outcomes on moments.response_id = outcomes.response_id
        cross join
            (values ('all'), ('country'), ('acquisition_channel')) as types(
                segment_type
            )
    ),

    final as (
        select
            cast(grain as varchar) as grain,
            cast(period_start as date) as period_start,
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(nps_category as varchar) as nps_category,
            cast(count(*) as bigint) as responses,
            cast(
                count(*) filter (where is_mature_90d) as bigint
            ) as mature_responses_90d,
            cast(
                count(*) filter (where is_mature_90d and has_repurchased_90d) as bigint
            ) as repurchased_90d,
            cast(
                count(*) filter (where is_mature_90d and has_referred_90d) as bigint
            ) as referred_90d,
            cast(
                count(*) filter (where is_mature_90d and is_subscriber) as bigint
            ) as mature_subscribers_90d,
            cast(
                count(*) filter (where is_mature_90d and has_churned_90d) as bigint
            ) as churned_90d
        from keyed
        group by grain, period_start, segment_type, segment, nps_category
    )

select *
from final
