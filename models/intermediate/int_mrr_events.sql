-- One row is one instant at which items of a customer in a currency changed: the state
-- over all items after it. From the first paid instant on.
{{ mrr_events_query(ref("int_mrr_instants")) }}
