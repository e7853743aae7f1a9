-- The segments of a month and window add up to all of it, in their own currency
-- exactly.
with
    totals as (
        select
            month,
            currency,
            retention_window,
            segment_type,
            sum(base_customers) as base_customers,
            sum(retained_customers) as retained_customers,
            sum(opening_mrr) as opening_mrr,
            sum(retained_mrr) as retained_mrr,
            sum(remaining_mrr) as remaining_mrr,
            sum(reactivation_mrr) as reactivation_mrr
        from {{ ref("revenue_retention") }}
        where view = 'native'
        group by month, currency, retention_window, segment_type
    ),

    whole as (select * from totals where segment_type = 'all'),

    parts as (select * from totals where segment_type <> 'all')

select
    month,
    currency,
    retention_window,
    parts.segment_type,
    whole.opening_mrr,
    parts.opening_mrr as parts_opening_mrr,
    whole.remaining_mrr,
    parts.remaining_mrr as parts_remaining_mrr,
    whole.retained_mrr,
    parts.retained_mrr as parts_retained_mrr
from whole
full join parts using (month, currency, retention_window)
where
    whole.base_customers is distinct from parts.base_customers
    or whole.retained_customers is distinct from parts.retained_customers
    or whole.opening_mrr is distinct from parts.opening_mrr
    or whole.retained_mrr is distinct from parts.retained_mrr
    or whole.remaining_mrr is distinct from parts.remaining_mrr
    or whole.reactivation_mrr is distinct from parts.reactivation_mrr
