{# A query: months in which a customer came or went, all currencies together. #}
{% macro logo_moves_query(customer_months, logo_absences, policies="build") -%}
    {%- set window = policy("reactivation_window_days", policies) %}
    with
        states as (select * from {{ customer_months }}),

        absences as (select * from {{ logo_absences }}),

        changes as (
            select
                customer_id,
                month,
                sum(
                    case when is_sub then 1 else 0 end
                    - case when prior_is_sub then 1 else 0 end
                ) as change,
                -- of two reasons the failed payment counts ('involuntary' sorts first)
                min(case when movement_type = 'churn' then end_type end) as end_type
            from states
            group by customer_id, month
        ),

        -- currencies in which the customer subscribes: the last one to go is the churn
        counted as (
            select
                *,
                sum(change) over (
                    partition by customer_id
                    order by month nulls last
                    rows unbounded preceding
                ) as subscribed_in
            from changes
        ),

        compared as (
            select
                *,
                subscribed_in - change as subscribed_before,
                max(subscribed_in) over (
                    partition by customer_id
                    order by month nulls last
                    rows between unbounded preceding and 1 preceding
                ) as most_before,
                row_number() over (
                    partition by customer_id order by month nulls last
                ) as month_number
            from counted
        ),

        moved as (
            select
                *,
                case
                    when (subscribed_in > 0) = (subscribed_before > 0)
                    then 'none'
                    when subscribed_before > 0
                    then 'churned'
                    when
                        {{ "true" if window == "ever" else "coalesce(away_days, 0) <= " ~ window }}
                        and most_before > 0
                    then 'reactivated'
                    else 'new'
                end as move
            from compared
            {% if window != "ever" %}
                left join absences using (customer_id, month)
            {% endif %}
            -- the first month begins the history, with a subscription at its end or
            -- without
            where (subscribed_in > 0) <> (subscribed_before > 0) or month_number = 1
        ),

        final as (
            select
                cast(customer_id as varchar) as customer_id,
                cast(month as date) as month,
                cast(move as varchar) as move,
                cast(
                    case when move = 'churned' then end_type end as varchar
                ) as end_type
            from moved
        )

    select *
    from final
{%- endmacro %}
