-- One row is one movement of a customer's MRR in a currency at the instant it happened;
-- changes that follow each other within movement_collapse_minutes are one movement.
{{ mrr_movements_query(ref("int_mrr_events")) }}
