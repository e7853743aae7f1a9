-- A curve never rises, and whoever is in it has the event or is censored once.
with
    curves as (select * from {{ ref("survival_curves") }}),

    compared as (
        select
            *,
            lag(survival) over (
                partition by event, segment_type, segment order by t
            ) as survival_before,
            sum(events + censored) over (
                partition by event, segment_type, segment
            ) as exits
        from curves
    )

select event, segment_type, segment, t, survival, survival_before, subjects, exits
from compared
where survival > survival_before or exits <> subjects
