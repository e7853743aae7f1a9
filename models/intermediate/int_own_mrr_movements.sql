-- One row is one movement of a customer's MRR at the instant it happened, under the
-- project's own policies.
{{ config(materialized="view") }}
{{ mrr_movements_query(ref("int_own_mrr_events"), "own") }}
