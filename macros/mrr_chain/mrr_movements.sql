{# A query: movements inside months, those within movement_collapse_minutes merged. #}
{% macro mrr_movements_query(mrr_events, policies="build") -%}
    {%- set minutes = policy("movement_collapse_minutes", policies) %}
    with
        events as (select * from {{ mrr_events }}),

        neighbours as (
            select
                *,
                lag(occurred_at) over history as prior_occurred_at,
                lag(month) over history as prior_month
            from events
            where mrr <> prior_mrr or is_sub <> prior_is_sub
            window history as (partition by customer_id, currency order by occurred_at)
        ),

        -- a movement never crosses the end of a month
        groups as (
            select
                *,
                sum(
                    case
                        when
                            prior_month = month
                            and epoch(occurred_at) - epoch(prior_occurred_at)
                            <= 60 * {{ minutes }}
                        then 0
                        else 1
                    end
                ) over (
                    partition by customer_id, currency
                    order by occurred_at
                    rows between unbounded preceding and current row
                ) as group_number
            from neighbours
        ),

        grouped as (
            select
                *,
                lead(group_number) over (
                    partition by customer_id, currency order by occurred_at
                ) as next_group_number,
                -- back after the absence that the movement began with
                min(subscribed_date) over in_group as returned_date,
                last_value(rise_reason ignore nulls) over in_group as group_rise_reason,
                last_value(fall_reason ignore nulls) over in_group as group_fall_reason,
                last_value(loss_reason ignore nulls) over in_group as group_loss_reason,
                last_value(end_type ignore nulls) over in_group as group_end_type
            from groups
            window
                in_group as (
                    partition by customer_id, currency, group_number
                    order by occurred_at
                    rows between unbounded preceding and current row
                )
        ),

        compared as (
            select
                customer_id,
                currency,
                occurred_at,
                occurred_at_local,
                month,
                mrr,
                is_sub,
                coalesce(lag(mrr) over history, 0) as prior_mrr,
                coalesce(lag(is_sub) over history, false) as prior_is_sub,
                coalesce(
                    max(case when is_sub then 1 else 0 end) over (
                        partition by customer_id, currency
                        order by occurred_at
                        rows between unbounded preceding and 1 preceding
                    )
                    = 1,
                    false
                ) as ever_sub_before,
                {{ days_between(
                "lag(lost_date) over history", "returned_date"
            ) }} as away_days,
                group_rise_reason as rise_reason,
                group_fall_reason as fall_reason,
                group_loss_reason as loss_reason,
                group_end_type as end_type
            from grouped
            where next_group_number is null or next_group_number > group_number
            window history as (partition by customer_id, currency order by occurred_at)
        ),

        moved as (
            select *, {{ mrr_movement_type(policies) }} as movement_type from compared
        ),

        final as (
            select
                cast(customer_id as varchar) as customer_id,
                cast(currency as varchar) as currency,
                cast(occurred_at as timestamp) as occurred_at,
                cast(occurred_at_local as timestamp) as occurred_at_local,
                cast(month as date) as month,
                cast(movement_type as varchar) as movement_type,
                {{ money("mrr - prior_mrr") }} as movement_amount,
                cast({{ mrr_movement_reason() }} as varchar) as movement_reason,
                cast(
                    case when movement_type = 'churn' then end_type end as varchar
                ) as end_type,
                {{ money("prior_mrr") }} as prior_mrr,
                {{ money("mrr") }} as mrr,
                cast(is_sub as boolean) as is_sub
            from moved
            where movement_type is not null
        )

    select *
    from final
{%- endmacro %}
