-- One row is one month in which something changed for a customer in a currency under
-- the project's own policies, and how long the state holds.
{{ mrr_customer_month_query(ref("int_own_mrr_events"), ref("int_own_mrr_intervals"), "own") }}
