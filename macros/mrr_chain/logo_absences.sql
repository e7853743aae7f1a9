{# A query: months in which a customer came back, and how long the absence was. #}
{% macro logo_absences_query(mrr_events) -%}
    with
        events as (select * from {{ mrr_events }}),

        changes as (
            select
                customer_id,
                occurred_at,
                min(month) as month,
                cast(min(occurred_at_local) as date) as occurred_date,
                sum(
                    case when is_sub then 1 else 0 end
                    - case when prior_is_sub then 1 else 0 end
                ) as change
            from events
            group by customer_id, occurred_at
        ),

        -- currencies in which the customer subscribes
        counted as (
            select
                *,
                sum(change) over (
                    partition by customer_id
                    order by occurred_at nulls last
                    rows unbounded preceding
                ) as subscribed_in
            from changes
        ),

        -- the instants at which the first one begins or the last one ends
        turns as (
            select
                *,
                lag(occurred_date) over (
                    partition by customer_id order by occurred_at nulls last
                ) as left_date
            from counted
            where (subscribed_in > 0) <> (subscribed_in - change > 0)
        ),

        final as (
            select
                cast(customer_id as varchar) as customer_id,
                cast(month as date) as month,
                cast(left_date as date) as left_date,
                cast(occurred_date as date) as returned_date,
                {{ days_between("left_date", "occurred_date") }} as away_days
            from turns
            where subscribed_in > 0 and left_date is not null
            qualify
                row_number() over (
                    partition by customer_id, month order by occurred_at nulls last
                )
                = 1
        )

    select *
    from final
{%- endmacro %}
