-- One row is one event that is waited for, segment and day: who has not had it by then.
-- Kaplan-Meier: those who are still waiting at as_of count for as long as they were
-- seen.
with
    steps as (select * from {{ ref("int_survival_steps") }}),

    -- Greenwood; no error where nothing happened yet or nobody is left
    bounded as (
        select
            *,
            case
                when survival > 0 then survival * sqrt(greenwood_sum)
            end as survival_se,
            case
                when survival > 0 and survival < 1
                then 1.96 * sqrt(greenwood_sum) / ln(survival)
            end as log_log_width,
            min(case when survival <= 0.5 then t end) over (
                partition by event, segment_type, segment
            ) as median_days,
            max(at_risk) over (partition by event, segment_type, segment) as subjects
        from steps
    ),

    final as (
        select
            event,
            segment_type,
            segment,
            t,
            cast(subjects as bigint) as subjects,
            at_risk,
            events,
            censored,
            survival,
            cast(1 - survival as double) as event_probability,
            cast(survival_se as double) as survival_se,
            cast(power(survival, exp(- log_log_width)) as double) as survival_low_95,
            cast(power(survival, exp(log_log_width)) as double) as survival_high_95,
            cast(median_days as integer) as median_days,
            at_risk < {{ policy("min_cell_size") }} as is_low_n
        from bounded
    )

select *
from final
