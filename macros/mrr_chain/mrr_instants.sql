{# A query: the same of all items of a customer in a currency. #}
{% macro mrr_instants_query(item_changes) -%}
    with
        changes as (select * from {{ item_changes }}),

        -- the largest change up and the largest change down explain an instant
        ranked as (
            select
                *,
                row_number() over (
                    partition by customer_id, currency, occurred_at, mrr_change > 0
                    order by abs(mrr_change) desc, subscription_item_id
                ) as place,
                case
                    when sub_change >= 0
                    then 0
                    when end_type = 'involuntary'
                    then 1
                    else -1
                end as lost_side
            from changes
        ),

        grouped as (
            select
                customer_id,
                currency,
                occurred_at,
                sum(mrr_change) as mrr_change,
                sum(sub_change) as sub_change,
                max(case when is_start then 1 else 0 end)
                * max(case when is_end then 1 else 0 end)
                = 1 as is_swap,
                max(
                    case when place = 1 and mrr_change > 0 then reason end
                ) as rise_reason,
                max(
                    case when place = 1 and mrr_change <= 0 then reason end
                ) as fall_reason,
                sum(- mrr_change * lost_side) as involuntary_excess,
                sum(lost_side) as involuntary_items
            from ranked
            group by customer_id, currency, occurred_at
        ),

        -- one item ends and another one starts: a plan swap
        final as (
            select
                cast(customer_id as varchar) as customer_id,
                cast(currency as varchar) as currency,
                cast(occurred_at as timestamp) as occurred_at,
                cast(mrr_change as decimal(38, 10)) as mrr_change,
                cast(sub_change as integer) as sub_change,
                cast(
                    case when is_swap then 'upgrade' else rise_reason end as varchar
                ) as rise_reason,
                cast(
                    case when is_swap then 'downgrade' else fall_reason end as varchar
                ) as fall_reason,
                cast(involuntary_excess as decimal(38, 10)) as involuntary_excess,
                cast(involuntary_items as integer) as involuntary_items
            from grouped
        )

    select *
    from final
{%- endmacro %}
