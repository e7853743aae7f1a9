-- One row is one instant at which the MRR, state or plan of a subscription item
-- changed:
-- the difference to the instant before. Cost grows with changes, not with months.
{{ mrr_changes_query(ref("int_mrr_intervals")) }}
