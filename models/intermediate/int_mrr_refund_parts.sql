-- One row is one part of a state of a subscription item between refunds, and the
-- share of
-- its billed amount that was refunded. No rows unless refund_affects_mrr is true.
{{ config(materialized="view") }}
with
    intervals as (
        select *, coalesce(valid_to, {{ as_of_utc() }}) as last_at
        from {{ ref("int_mrr_counted_intervals") }}
        where {{ policy("refund_affects_mrr") }}
    ),

    refunds as (select * from {{ ref("int_subscription_refunds") }}),

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
            borders.cut_at > intervals.valid_from and borders.cut_at < intervals.last_at
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
            parts.subscription_item_id, parts.valid_from, parts.cut_at, parts.part_to
    )

select *
from final
