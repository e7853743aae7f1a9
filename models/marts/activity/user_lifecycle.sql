-- One row is one kind of activity, grain and period: users who are new, came again,
-- came
-- back after a pause, or stayed away.
with
    counted as (select * from {{ ref("int_lifecycle_moves") }}),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    began as (
        select entity, period_grain, min(period_start) as first_period
        from counted
        group by entity, period_grain
    ),

    cells as (
        select
            entity,
            period_grain,
            first_period,
            {{ period_of_grain("first_period", "period_number") }} as period_start
        from began
        inner join
            numbers on period_number <= {{ days_between("first_period", as_of_date()) }}
    ),

    spine as (
        select
            *,
            cast({{ period_of_grain("period_start", 1) }} as timestamp)
            <= {{ as_of() }} as is_complete
        from cells
        where period_start < {{ as_of() }}
    ),

    filled as (
        select
            spine.*,
            coalesce(new_users, 0) as new_users,
            coalesce(returning_users, 0) as returning_users,
            coalesce(resurrected_users, 0) as resurrected_users,
            coalesce(dormant_users, 0) as dormant_users
        from spine
        left join counted using (entity, period_grain, period_start)
    ),

    followed as (
        select
            *,
            new_users + returning_users + resurrected_users as active_users,
            lag(new_users + returning_users + resurrected_users) over (
                partition by entity, period_grain order by period_start
            ) as prior_active_users
        from filled
    ),

    rated as (
        select
            *,
            {{ safe_divide("new_users + resurrected_users", "dormant_users") }}
            as pulse_partial,
            {{ safe_divide("returning_users", "prior_active_users") }}
            as returning_rate_partial
        from followed
    ),

    final as (
        select
            entity,
            period_grain,
            period_start,
            cast({{ period_of_grain("period_start", 1) }} as date) as period_end,
            cast(new_users as bigint) as new_users,
            cast(returning_users as bigint) as returning_users,
            cast(resurrected_users as bigint) as resurrected_users,
            cast(dormant_users as bigint) as dormant_users,
            cast(active_users as bigint) as active_users,
            cast(coalesce(prior_active_users, 0) as bigint) as prior_active_users,
            case when is_complete then pulse_partial end as pulse,
            pulse_partial,
            case when is_complete then returning_rate_partial end as returning_rate,
            returning_rate_partial,
            period_start = first_period as is_left_censored,
            is_complete,
            coalesce(prior_active_users, 0) < {{ policy("min_cell_size") }} as is_low_n
        from rated
    )

select *
from final
