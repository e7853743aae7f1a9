-- One row is one event that is waited for (second order, churn, activation), segment,
-- waiting time and its end: a histogram of who waited how long.
with
    orders as (select * from {{ ref("int_order_gap_days") }} where order_number = 1),

    churn as (select * from {{ ref("int_churn_spells") }}),

    activation as (
        select * from {{ ref("int_user_activation") }} where rule_action is not null
    ),

    customers as (select * from {{ ref("int_customers") }}),

    spells as (
        select
            'churn' as event,
            customer_id,
            coalesce(
                {{ days_between("started_date", "churned_date") }},
                {{ observed_days("started_at_local", "started_date") }}
            ) as exit_days,
            churned_date is not null as has_event,
            coalesce(first_plan_id, 'unknown') as plan
        from churn
        union all
        select
            'activation',
            user_id,
            coalesce(
                {{ days_between("signup_date", "activated_date") }},
                {{ observed_days("signup_at_local", "signup_date") }}
            ),
            activated_date is not null,
            null
        from activation
    ),

    described as (
        select
            event,
            exit_days,
            has_event,
            plan,
            coalesce(acquisition_channel, 'unknown') as acquisition_channel,
            coalesce(country, 'unknown') as country
        from spells
        left join customers on spells.customer_id = customers.customer_id
    ),

    segmented as (
        select
            'second_order' as event,
            segment_type,
            segment,
            exit_days,
            has_next_order as has_event,
            customers as subjects
        from orders
        {% for segment_type, segment in [
            ("all", "'all'"), ("acquisition_channel", "acquisition_channel"), ("country", "country"), ("plan", "plan"),
        ] %}
            union all
            select event, '{{ segment_type }}', {{ segment }}, exit_days, has_event, 1
            from described
            where {{ segment }} is not null
        {% endfor %}
    ),

    final as (
        select
            cast(event as varchar) as event,
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(exit_days as integer) as exit_days,
            cast(has_event as boolean) as has_event,
            cast(sum(subjects) as bigint) as subjects
        from segmented
        group by event, segment_type, segment, exit_days, has_event
    )

select *
from final
