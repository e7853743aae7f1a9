-- One row is one calendar month from the first paid month to as_of.
{{ mrr_months_query(ref("int_mrr_events")) }}
