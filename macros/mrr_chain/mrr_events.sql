{# A query: the state of a customer in a currency after each instant. #}
{% macro mrr_events_query(customer_instants) -%}
    with
        instants as (select * from {{ customer_instants }}),

        states as (
            select
                *,
                cast(sum(mrr_change) over customer_history as decimal(18, 4)) as mrr,
                sum(sub_change) over customer_history as sub_items
            from instants
            window
                customer_history as (
                    partition by customer_id, currency
                    order by occurred_at
                    rows between unbounded preceding and current row
                )
        ),

        paid as (
            select
                *,
                max(case when mrr > 0 then 1 else 0 end) over (
                    partition by customer_id, currency
                    order by occurred_at
                    rows between unbounded preceding and current row
                ) as ever_paid
            from states
        ),

        subscribed as (
            select
                *,
                sub_items > 0 as is_sub,
                cast(
                    {{ to_reporting_time("occurred_at") }} as timestamp
                ) as occurred_at_local,
                coalesce(lag(mrr) over customer_history, 0) as prior_mrr,
                coalesce(
                    lag(sub_items > 0) over customer_history, false
                ) as prior_is_sub
            from paid
            where ever_paid = 1
            window
                customer_history as (
                    partition by customer_id, currency order by occurred_at
                )
        ),

        placed as (
            select
                *,
                prior_is_sub and not is_sub as is_loss,
                involuntary_excess > 0
                or (
                    involuntary_excess = 0 and involuntary_items >= 0
                ) as is_involuntary,
                max(
                    case when prior_is_sub and not is_sub then occurred_at end
                ) over up_to_now as lost_at,
                max(
                    case when prior_is_sub and not is_sub then occurred_at_local end
                ) over up_to_now as lost_at_local,
                coalesce(
                    max(case when prior_is_sub then 1 else 0 end) over up_to_now = 1,
                    false
                ) as ever_sub_before
            from subscribed
            window
                up_to_now as (
                    partition by customer_id, currency
                    order by occurred_at
                    rows between unbounded preceding and current row
                )
        ),

        final as (
            select
                cast(customer_id as varchar) as customer_id,
                cast(currency as varchar) as currency,
                cast(occurred_at as timestamp) as occurred_at,
                cast(occurred_at_local as timestamp) as occurred_at_local,
                {{ period_start("month", "occurred_at_local") }} as month,
                {{ money("mrr") }} as mrr,
                cast(is_sub as boolean) as is_sub,
                {{ money("prior_mrr") }} as prior_mrr,
                cast(prior_is_sub as boolean) as prior_is_sub,
                cast(ever_sub_before as boolean) as ever_sub_before,
                cast(
                    case
                        when is_sub and not prior_is_sub then occurred_at_local
                    end as date
                ) as subscribed_date,
                cast(lost_at as timestamp) as lost_at,
                cast(lost_at_local as date) as lost_date,
                cast(
                    case when mrr > prior_mrr then rise_reason end as varchar
                ) as rise_reason,
                cast(
                    case when mrr < prior_mrr then fall_reason end as varchar
                ) as fall_reason,
                cast(
                    case
                        when is_loss then replace(fall_reason, 'drop_item', 'cancel')
                    end as varchar
                ) as loss_reason,
                cast(
                    case
                        when is_loss and is_involuntary
                        then 'involuntary'
                        when is_loss
                        then 'voluntary'
                    end as varchar
                ) as end_type
            from placed
        )

    select *
    from final
{%- endmacro %}
