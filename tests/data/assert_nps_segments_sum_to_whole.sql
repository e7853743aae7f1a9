-- Periods whose segments do not add up to all customers.
select
    grain,
    period_start,
    segment_type,
    sum(responses) as responses,
    max(all_responses) as all_responses,
    sum(surveys_sent) as surveys_sent,
    max(all_sent) as all_sent
from
    (
        select
            segments.*, whole.responses as all_responses, whole.surveys_sent as all_sent
        from {{ ref("nps") }} as whole
        left join
            {{ ref("nps") }} as segments
            on whole.grain = segments.grain
            and whole.period_start = segments.period_start
            and segments.segment_type <> 'all'
        where whole.segment_type = 'all'
    ) as both_sides
group by grain, period_start, segment_type
having
    coalesce(sum(responses), 0) <> max(all_responses)
    or coalesce(sum(surveys_sent), 0) <> max(all_sent)
