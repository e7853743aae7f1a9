-- Differences of metric_policy_diff although no switch has another value than without
-- the policy set.
with
    switches as (
        select sum(case when value <> own_value then 1 else 0 end) as changed_switches
        from {{ ref("metric_policies") }}
    )

select metric, month, view, currency, own_value, value, customers_causing
from {{ ref("metric_policy_diff") }}
cross join switches
where
    changed_switches = 0 and (own_value is distinct from value or customers_causing > 0)
