-- One row is one month and one currency of subscriptions: the rate into the reporting
-- currency under fx_policy, and that of the month before.
{{ mrr_rates_query(ref("int_mrr_months"), ref("int_mrr_events"), ref("int_reporting_currency"), ref("int_fx_rates_daily")) }}
