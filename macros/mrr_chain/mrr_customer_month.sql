{# A query: months in which something changed for a customer in a currency, compared with the one before. #}
{% macro mrr_customer_month_query(mrr_events, mrr_intervals, policies="build") -%}
    with
        events as (select * from {{ mrr_events }}),

        intervals as (
            select * from {{ mrr_intervals }} where plan_id is not null and is_sub
        ),

        placed as (
            select
                *,
                lead(month) over (
                    partition by customer_id, currency order by occurred_at
                ) as next_event_month,
                min(subscribed_date) over in_month as returned_date,
                last_value(rise_reason ignore nulls) over in_month as month_rise_reason,
                last_value(fall_reason ignore nulls) over in_month as month_fall_reason,
                last_value(loss_reason ignore nulls) over in_month as month_loss_reason,
                last_value(end_type ignore nulls) over in_month as month_end_type
            from events
            window
                in_month as (
                    partition by customer_id, currency, month
                    order by occurred_at
                    rows between unbounded preceding and current row
                )
        ),

        neighbours as (
            select
                customer_id,
                currency,
                month,
                next_event_month as next_month,
                mrr,
                is_sub,
                coalesce(lag(mrr) over history, 0) as prior_mrr,
                coalesce(lag(is_sub) over history, false) as prior_is_sub,
                coalesce(
                    max(case when is_sub then 1 else 0 end) over (
                        partition by customer_id, currency
                        order by month
                        rows between unbounded preceding and 1 preceding
                    )
                    = 1,
                    false
                ) as ever_sub_before,
                {{ days_between(
                "lag(lost_date) over history", "returned_date"
            ) }} as away_days,
                month_rise_reason as rise_reason,
                month_fall_reason as fall_reason,
                month_loss_reason as loss_reason,
                month_end_type as end_type
            from placed
            where next_event_month is null or next_event_month > month
            window history as (partition by customer_id, currency order by month)
        ),

        moved as (
            select *, {{ mrr_movement_type(policies) }} as movement_type from neighbours
        ),

        -- the plan of a customer is that of the item with the largest MRR
        plans as (
            select moved.customer_id, moved.currency, moved.month, intervals.plan_id
            from moved
            inner join
                intervals
                on moved.customer_id = intervals.customer_id
                and moved.currency = intervals.currency
                and intervals.valid_from_local
                < {{ add_periods("month", "moved.month", 1) }}
                and coalesce(intervals.valid_to_local, {{ far_date() }})
                >= {{ add_periods("month", "moved.month", 1) }}
            qualify
                row_number() over (
                    partition by moved.customer_id, moved.currency, moved.month
                    order by intervals.mrr desc, intervals.subscription_item_id
                )
                = 1
        ),

        final as (
            select
                cast(moved.customer_id as varchar) as customer_id,
                cast(moved.currency as varchar) as currency,
                cast(moved.month as date) as month,
                cast(moved.next_month as date) as next_month,
                {{ money("moved.mrr") }} as mrr,
                cast(moved.is_sub as boolean) as is_sub,
                {{ money("moved.prior_mrr") }} as prior_mrr,
                cast(moved.prior_is_sub as boolean) as prior_is_sub,
                cast(moved.ever_sub_before as boolean) as ever_sub_before,
                cast(moved.movement_type as varchar) as movement_type,
                {{ money("moved.mrr - moved.prior_mrr") }} as movement_amount,
                cast({{ mrr_movement_reason() }} as varchar) as movement_reason,
                cast(
                    case
                        when moved.movement_type = 'churn' then moved.end_type
                    end as varchar
                ) as end_type,
                cast(
                    last_value(plans.plan_id ignore nulls) over (
                        partition by moved.customer_id, moved.currency
                        order by moved.month
                        rows between unbounded preceding and current row
                    ) as varchar
                ) as plan_id
            from moved
            left join
                plans
                on moved.customer_id = plans.customer_id
                and moved.currency = plans.currency
                and moved.month = plans.month
        )

    select *
    from final
{%- endmacro %}
