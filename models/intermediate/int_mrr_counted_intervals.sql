-- One row is one state of one subscription item and how long it counts: valid_to is its
-- end under churn_recognition and past_due_policy.
{{ config(materialized="view") }}
{{ mrr_counted_intervals_query(ref("int_subscription_intervals")) }}
