-- One month in which a customer came or went as a subscriber, or began to be known.
{{ logo_moves_query(ref("int_mrr_customer_month"), ref("int_logo_absences")) }}
