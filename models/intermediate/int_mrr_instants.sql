-- One row is one instant at which items of a customer in a currency changed: the net
-- change, and what explains it.
{{ config(materialized="view") }} {{ mrr_instants_query(ref("int_mrr_changes")) }}
