{# A query: states cut at refunds, with the refunded share of each part; empty unless refund_affects_mrr. #}
{% macro mrr_refund_parts_query(counted, refunded, policies="build") -%}
    with
        intervals as (
            select *, coalesce(valid_to, {{ as_of_utc() }}) as last_at
            from {{ counted }}
            where {{ policy("refund_affects_mrr", policies) }}
        ),

        refunds as (select * from {{ refunded }}),

        borders as (
            select subscription_id, refunded_from as cut_at
            from refunds
            union
            select subscription_id, refunded_to as cut_at
            from refunds
        ),

        cuts as (
            select
                subscription_id,
                subscription_item_id,
                valid_from,
                valid_to,
                valid_from as cut_at
            from intervals
            union all
            select
                intervals.subscription_id,
                intervals.subscription_item_id,
                intervals.valid_from,
                intervals.valid_to,
                borders.cut_at
            from intervals
            inner join borders on intervals.subscription_id = borders.subscription_id
            where
                borders.cut_at > intervals.valid_from
                and borders.cut_at < intervals.last_at
        ),

        parts as (
            select
                *,
                coalesce(
                    lead(cut_at) over (
                        partition by subscription_item_id, valid_from order by cut_at
                    ),
                    valid_to
                ) as part_to
            from cuts
        ),

        final as (
            select
                cast(parts.subscription_item_id as varchar) as subscription_item_id,
                cast(parts.valid_from as timestamp) as valid_from,
                cast(parts.cut_at as timestamp) as part_from,
                cast(parts.part_to as timestamp) as part_to,
                cast(
                    least(coalesce(sum(refunds.refunded_share), 0), 1) as double
                ) as refunded_share
            from parts
            left join
                refunds
                on parts.subscription_id = refunds.subscription_id
                and parts.cut_at >= refunds.refunded_from
                and parts.cut_at < refunds.refunded_to
            group by
                parts.subscription_item_id,
                parts.valid_from,
                parts.cut_at,
                parts.part_to
        )

    select *
    from final
{%- endmacro %}
