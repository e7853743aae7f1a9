{# A query: instants at which the MRR, state or plan of one item changed. #}
{% macro mrr_changes_query(mrr_intervals) -%}
    with
        intervals as (select * from {{ mrr_intervals }}),

        neighbours as (
            select
                *,
                coalesce(lag(valid_to) over item = valid_from, false) as is_continued,
                lag(mrr) over item as prior_mrr,
                lag(is_sub) over item as prior_is_sub,
                lag(status) over item as prior_status,
                lag(end_type) over item as prior_end_type,
                lag(plan_id) over item as prior_plan_id,
                lag(quantity) over item as prior_quantity,
                lag(refunded_share) over item as prior_refunded_share,
                lag({{ mrr_discount_terms() }}) over item as prior_discount,
                lead(valid_from) over item as next_valid_from
            from intervals
            window
                item as (
                    partition by subscription_item_id, customer_id, currency
                    order by valid_from
                )
        ),

        changes as (
            select
                customer_id,
                currency,
                subscription_item_id,
                valid_from as occurred_at,
                mrr - case when is_continued then prior_mrr else 0 end as mrr_change,
                case when is_sub then 1 else 0 end - case
                    when is_continued and prior_is_sub then 1 else 0
                end as sub_change,
                is_continued
                and plan_id is distinct from prior_plan_id as is_plan_change,
                not is_continued as is_start,
                false as is_end,
                case
                    when status = 'ended'
                    then
                        {{ mrr_end_type("coalesce(end_type, prior_end_type)", "prior_status") }}
                    else {{ mrr_end_type("cast(null as varchar)", "status") }}
                end as end_type,
                case
                    when not is_continued
                    then 'add_item'
                    when status = 'ended'
                    then
                        case
                            {{ mrr_end_type("coalesce(end_type, prior_end_type)", "prior_status") }}
                            when 'involuntary'
                            then 'payment_failure'
                            else 'drop_item'
                        end
                    else {{ mrr_state_change_reason() }}
                end as reason
            from neighbours
            union all
            select
                customer_id,
                currency,
                subscription_item_id,
                valid_to as occurred_at,
                - mrr as mrr_change,
                case when is_sub then -1 else 0 end as sub_change,
                false as is_plan_change,
                false as is_start,
                true as is_end,
                {{ mrr_end_type("end_type", "status") }} as end_type,
                case
                    {{ mrr_end_type("end_type", "status") }}
                    when 'involuntary'
                    then 'payment_failure'
                    else 'drop_item'
                end as reason
            from neighbours
            where valid_to is not null and next_valid_from is distinct from valid_to
        ),

        final as (
            select
                cast(customer_id as varchar) as customer_id,
                cast(currency as varchar) as currency,
                cast(subscription_item_id as varchar) as subscription_item_id,
                cast(occurred_at as timestamp) as occurred_at,
                cast(mrr_change as decimal(38, 10)) as mrr_change,
                cast(sub_change as integer) as sub_change,
                cast(is_start as boolean) as is_start,
                cast(is_end as boolean) as is_end,
                cast(end_type as varchar) as end_type,
                cast(reason as varchar) as reason
            from changes
            where mrr_change <> 0 or sub_change <> 0 or is_plan_change
        )

    select *
    from final
{%- endmacro %}
