-- One row is one action, number n and window: how many users did it at least n times in
-- the window, and how many of them stayed. From a histogram of counts.
with
    counts as (select * from {{ ref("int_activation_counts") }} where is_eligible),

    users as (select * from {{ ref("int_activation_users") }} where is_eligible),

    numbers as (
        select period_number as n
        from {{ ref("int_period_numbers") }}
        where period_number between 1 and {{ var("activation_max_actions") }}
    ),

    totals as (
        select
            count(*) as eligible,
            sum(case when retained_days > 0 then 1 else 0 end) as retained,
            min(signup_basis) as signup_basis,
            min(retained_by) as retained_by
        from users
    ),

    histogram as (
        select
            action,
            window_days,
            actions,
            count(*) as users,
            sum(case when is_retained then 1 else 0 end) as retained
        from counts
        group by action, window_days, actions
    ),

    tried as (select distinct action, window_days from histogram),

    reached as (
        select
            tried.action,
            tried.window_days,
            numbers.n,
            sum(coalesce(histogram.users, 0)) as activated,
            sum(coalesce(histogram.retained, 0)) as tp
        from tried
        cross join numbers
        left join
            histogram
            on tried.action = histogram.action
            and tried.window_days = histogram.window_days
            and numbers.n <= histogram.actions
        group by tried.action, tried.window_days, numbers.n
    ),

    final as (
        select
            cast(reached.action as varchar) as action,
            cast(reached.n as integer) as n,
            cast(reached.window_days as integer) as window_days,
            cast(totals.eligible as bigint) as eligible,
            cast(reached.activated as bigint) as activated,
            cast(reached.tp as bigint) as tp,
            cast(reached.activated - reached.tp as bigint) as fp,
            cast(totals.retained - reached.tp as bigint) as fn,
            cast(
                totals.eligible
                - reached.activated
                - totals.retained
                + reached.tp as bigint
            ) as tn,
            cast(totals.signup_basis as varchar) as signup_basis,
            cast(totals.retained_by as varchar) as retained_by
        from reached
        cross join totals
    )

select *
from final
