-- One row is one state of one subscription item and the MRR that it carries under the
-- project's own policies. No rows without a policy set.
with
    own_subscriptions as (
        select *
        from {{ ref("int_subscription_intervals") }}
        where {{ policies_are_compared() }}
    ),

    own_counted as ({{ mrr_counted_intervals_query("own_subscriptions", "own") }}),

    own_refund_parts as (
        {{ mrr_refund_parts_query("own_counted", ref("int_subscription_refunds"), "own") }}
    ),

    final as ({{ mrr_intervals_query("own_counted", "own_refund_parts", "own") }})

select *
from final
