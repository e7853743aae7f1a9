-- One row is one state of one subscription item and the monthly recurring revenue that
-- it carries, after every policy switch.
{{ mrr_intervals_query(ref("int_mrr_counted_intervals"), ref("int_mrr_refund_parts")) }}
