-- Cells of nps whose answers are not those of nps_behaviour.
with
    behaviour as (
        select grain, period_start, segment_type, segment, sum(responses) as responses
        from {{ ref("nps_behaviour") }}
        group by grain, period_start, segment_type, segment
    )

select
    nps.grain,
    nps.period_start,
    nps.segment_type,
    nps.segment,
    nps.responses,
    coalesce(behaviour.responses, 0) as behaviour_responses
from {{ ref("nps") }} as nps
left join
    behaviour
    on nps.grain = behaviour.grain
    and nps.period_start = behaviour.period_start
    and nps.segment_type = behaviour.segment_type
    and nps.segment = behaviour.segment
where nps.responses <> coalesce(behaviour.responses, 0)
