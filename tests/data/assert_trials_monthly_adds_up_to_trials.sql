-- The months of a basis and segment type add up to all trials (to all that ended).
with
    trials as (
        select
            count(*) as started,
            sum(case when outcome = 'open' then 0 else 1 end) as ended,
            sum(case when outcome = 'converted' then 1 else 0 end) as converted
        from {{ ref("trials") }}
    ),

    months as (
        select
            cohort_basis,
            segment_type,
            sum(trials) as trials,
            sum(converted_trials) as converted_trials
        from {{ ref("trials_monthly") }}
        group by cohort_basis, segment_type
    )

select months.*, trials.started, trials.ended, trials.converted
from months
cross join trials
where
    months.trials
    <> case months.cohort_basis when 'started' then trials.started else trials.ended end
    or months.converted_trials <> trials.converted
