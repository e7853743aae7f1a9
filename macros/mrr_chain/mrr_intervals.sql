{# A query: counted states with the MRR that they carry and whether they make a subscriber. #}
{% macro mrr_intervals_query(counted, refund_parts, policies="build") -%}
    {%- set refunds_count = policy("refund_affects_mrr", policies) == "true" %}
    with
        intervals as (select * from {{ counted }}),

        parts as (select * from {{ refund_parts }}),

        valued as (
            select
                intervals.*,
                {% if refunds_count %}
                    parts.part_from as counted_from,
                    parts.part_to as counted_to,
                    parts.refunded_share,
                {% else %}
                    intervals.valid_from as counted_from,
                    intervals.valid_to as counted_to,
                    cast(0 as double) as refunded_share,
                {% endif %}
                case
                    when {{ mrr_counts(policies) }}
                    then {{ mrr_amount(policies) }}
                    else 0
                end as full_mrr
            from intervals
            {% if refunds_count %}
                inner join
                    parts
                    on intervals.subscription_item_id = parts.subscription_item_id
                    and intervals.valid_from = parts.valid_from
            {% endif %}
        ),

        final as (
            select
                cast(customer_id as varchar) as customer_id,
                cast(currency as varchar) as currency,
                cast(subscription_id as varchar) as subscription_id,
                cast(subscription_item_id as varchar) as subscription_item_id,
                cast(plan_id as varchar) as plan_id,
                cast(product_id as varchar) as product_id,
                cast(status as varchar) as status,
                cast(unit_amount as decimal(18, 4)) as unit_amount,
                cast(quantity as decimal(18, 4)) as quantity,
                cast(interval_unit as varchar) as interval_unit,
                cast(interval_count as integer) as interval_count,
                cast(discount_percent as decimal(9, 4)) as discount_percent,
                cast(discount_amount as decimal(18, 4)) as discount_amount,
                cast(discount_duration as varchar) as discount_duration,
                cast(is_metered as boolean) as is_metered,
                cast(counted_from as timestamp) as valid_from,
                cast(counted_to as timestamp) as valid_to,
                cast(
                    {{ to_reporting_time("counted_from") }} as timestamp
                ) as valid_from_local,
                cast(
                    {{ to_reporting_time("counted_to") }} as timestamp
                ) as valid_to_local,
                cast(cancel_requested_at as timestamp) as cancel_requested_at,
                cast(
                    {{ to_reporting_time("cancel_requested_at") }} as timestamp
                ) as cancel_requested_at_local,
                cast(end_type as varchar) as end_type,
                cast(cancel_reason as varchar) as cancel_reason,
                cast(refunded_share as double) as refunded_share,
                cast(
                    case
                        when refunded_share > 0
                        then cast(full_mrr as double) * (1 - refunded_share)
                        else full_mrr
                    end as decimal(38, 10)
                ) as mrr,
                cast({{ mrr_is_subscribed(policies) }} as boolean) as is_sub
            from valued
        )

    select *
    from final
{%- endmacro %}
