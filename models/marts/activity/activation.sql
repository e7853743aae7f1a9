-- One row is one action, number n and window since the sign-up: do those who did it at
-- least n times stay more often? A correlation, never a cause.
with
    scores as (select * from {{ ref("int_activation_scores") }}),

    final as (
        select
            action,
            n,
            window_days,
            eligible,
            activated,
            not_activated,
            activated_share,
            tp,
            fp,
            fn,
            tn,
            retention_activated,
            retention_not_activated,
            {{ safe_divide("retention_activated", "retention_not_activated") }} as lift,
            difference,
            difference_low_95,
            difference_high_95,
            retention_activated as precision,
            recall,
            {{ safe_divide("2 * tp", "2 * tp + fp + fn") }} as f1,
            phi,
            is_best,
            is_best_of_action,
            signup_basis,
            retained_by,
            'correlation, not cause' as evidence,
            least(activated, not_activated) < {{ policy("min_cell_size") }} as is_low_n
        from scores
    )

select *
from final
