-- One row is one month of sign-ups and step on the way from the sign-up to a habit: how
-- many got so far, each step with all the steps before it.
with
    users as (select * from {{ ref("int_user_activation") }}),

    reached as (
        select
            {{ period_start("month", "signup_date") }} as signup_month,
            is_eligible,
            setup_at is not null as is_set_up,
            setup_at is not null and is_activated_in_window as is_activated,
            setup_at is not null and is_activated_in_window and has_habit as is_habitual
        from users
    ),

    months as (
        select
            signup_month,
            count(*) as signup,
            sum(case when is_set_up then 1 else 0 end) as setup,
            sum(case when is_activated then 1 else 0 end) as aha,
            sum(case when is_habitual then 1 else 0 end) as habit,
            min(case when is_eligible then 1 else 0 end) = 1 as is_complete
        from reached
        group by signup_month
    ),

    steps as (
        {% for step, before in [("signup", "signup"), ("setup", "signup"), ("aha", "setup"), ("habit", "aha")] %}
            select
                signup_month,
                {{ loop.index }} as step_number,
                '{{ step }}' as step,
                signup as signups,
                {{ before }} as prior_users,
                {{ step }} as users,
                is_complete
            from months {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    final as (
        select
            cast(signup_month as date) as signup_month,
            cast(step_number as integer) as step_number,
            cast(step as varchar) as step,
            cast(signups as bigint) as signups,
            cast(prior_users as bigint) as prior_users,
            cast(users as bigint) as users,
            case
                when is_complete then {{ safe_divide("users", "prior_users") }}
            end as step_rate,
            {{ safe_divide("users", "prior_users") }} as step_rate_partial,
            case
                when is_complete then {{ safe_divide("users", "signups") }}
            end as signup_rate,
            {{ safe_divide("users", "signups") }} as signup_rate_partial,
            is_complete,
            signups < {{ policy("min_cell_size") }} as is_low_n
        from steps
    )

select *
from final
