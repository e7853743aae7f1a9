-- Campaigns whose split between treated and holdout is not the planned one (sample
-- ratio
-- mismatch, p <= 0.001): the assignment is broken, and no effect is published.
{{ config(severity="warn") }}
select
    campaign_id,
    goal,
    assigned_customers,
    holdout_assigned_customers,
    sample_ratio_p_value
from {{ ref("int_campaign_comparisons") }}
where variant = 'all' and sample_ratio_p_value <= 0.001
