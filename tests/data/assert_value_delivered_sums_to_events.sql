-- What value_delivered shows per account and metric is all that the events say.
with
    delivered as (
        select account_id, value_metric, sum(value) as value, sum(events) as events
        from {{ ref("value_delivered") }}
        group by account_id, value_metric
    ),

    counted as (
        select account_id, value_metric, sum(value) as value, sum(events) as events
        from {{ ref("int_account_value") }}
        group by account_id, value_metric
    )

select account_id, value_metric, delivered.value, counted.value as counted_value
from delivered
full join counted using (account_id, value_metric)
where
    delivered.value is distinct from counted.value
    or delivered.events is distinct from counted.events
