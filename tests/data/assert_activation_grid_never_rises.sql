-- Who did something n + 1 times did it n times, and who did it in a window did it in
-- the
-- longer ones; at most one row is the best.
with
    activation as (select * from {{ ref("activation") }}),

    compared as (
        select
            action,
            n,
            window_days,
            activated,
            lag(activated) over (
                partition by action, window_days order by n
            ) as activated_less_often,
            lag(activated) over (
                partition by action, n order by window_days
            ) as activated_sooner,
            sum(case when is_best then 1 else 0 end) over () as best_rows
        from activation
    )

select *
from compared
where activated > activated_less_often or activated < activated_sooner or best_rows > 1
