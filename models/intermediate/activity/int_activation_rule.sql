-- One row: when a user counts as activated (the aha moment). Var activation_rule, or
-- the
-- best row of the grid; no row when neither tells anything.
with
    scores as (select * from {{ ref("int_activation_scores") }} where is_best),

    given as (
        select action, n, window_days, 'var' as chosen_by
        from (values {{ activation_rule_row() }}) as given(action, n, window_days)
        where action is not null
    ),

    candidates as (
        select action, n, window_days, chosen_by, 1 as preference
        from given
        union all
        select action, n, window_days, 'best', 2
        from scores
    ),

    final as (
        select
            cast(1 as integer) as rule_id,
            cast(action as varchar) as action,
            cast(n as integer) as n,
            cast(window_days as integer) as window_days,
            cast(chosen_by as varchar) as chosen_by
        from candidates
        qualify row_number() over (order by preference) = 1
    )

select *
from final
