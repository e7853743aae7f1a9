-- One row is one part of a state of a subscription item between refunds, and the
-- share of
-- its billed amount that was refunded. No rows unless refund_affects_mrr is true.
{{ config(materialized="view") }}
{{ mrr_refund_parts_query(ref("int_mrr_counted_intervals"), ref("int_subscription_refunds")) }}
