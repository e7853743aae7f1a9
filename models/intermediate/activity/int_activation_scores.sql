-- One row is one action, number n and window: the rates of those who did it and of
-- those
-- who did not, their difference, and which row tells the two apart best.
with
    grid as (select * from {{ ref("int_activation_grid") }}),

    rated as (
        select
            *,
            eligible - activated as not_activated,
            {{ safe_divide("activated", "eligible") }} as activated_share,
            {{ safe_divide("tp", "activated") }} as retention_activated,
            {{ safe_divide("fn", "eligible - activated") }} as retention_not_activated,
            {{ safe_divide("tp", "tp + fn") }} as recall,
            {{ safe_divide(
                "cast(tp as double) * tn - cast(fp as double) * fn",
                "sqrt(cast(tp + fp as double) * (tp + fn) * (fp + tn) * (fn + tn))",
            ) }} as phi
        from grid
    ),

    compared as (
        select
            *,
            retention_activated - retention_not_activated as difference,
            sqrt(
                retention_activated
                * (1 - retention_activated)
                / nullif(cast(activated as double), 0)
                + retention_not_activated
                * (1 - retention_not_activated)
                / nullif(cast(not_activated as double), 0)
            ) as difference_se,
            -- 12 decimals: what is equal is equal, whatever the engine's last digit
            case
                when activated_share between 0.05 and 0.95 and phi > 0
                then round(phi, 12)
            end as score
        from rated
    ),

    ranked as (
        select
            *,
            row_number() over (
                order by score desc nulls last, n, window_days, action
            ) as place,
            row_number() over (
                partition by action order by score desc nulls last, n, window_days
            ) as place_of_action
        from compared
    ),

    final as (
        select
            cast(action as varchar) as action,
            cast(n as integer) as n,
            cast(window_days as integer) as window_days,
            cast(eligible as bigint) as eligible,
            cast(activated as bigint) as activated,
            cast(not_activated as bigint) as not_activated,
            cast(activated_share as double) as activated_share,
            cast(tp as bigint) as tp,
            cast(fp as bigint) as fp,
            cast(fn as bigint) as fn,
            cast(tn as bigint) as tn,
            cast(retention_activated as double) as retention_activated,
            cast(retention_not_activated as double) as retention_not_activated,
            cast(difference as double) as difference,
            cast(difference - 1.96 * difference_se as double) as difference_low_95,
            cast(difference + 1.96 * difference_se as double) as difference_high_95,
            cast(recall as double) as recall,
            cast(phi as double) as phi,
            cast(score is not null and place = 1 as boolean) as is_best,
            cast(
                score is not null and place_of_action = 1 as boolean
            ) as is_best_of_action,
            cast(signup_basis as varchar) as signup_basis,
            cast(retained_by as varchar) as retained_by
        from ranked
    )

select *
from final
