-- One row is one instant at which a customer's total MRR in a currency, or whether they
-- subscribe, changed: the state after it. From the first paid instant on.
{{ mrr_events_query(ref("int_mrr_instants")) }}
