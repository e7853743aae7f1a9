-- One row is one month in which something changed for a customer in a currency: the
-- state at its end, the state before, and how long (to the next row) it holds.
{{ mrr_customer_month_query(ref("int_mrr_events"), ref("int_mrr_intervals")) }}
