-- The channels of a month add up to all customers, and so do the countries.
with
    totals as (
        select
            month,
            segment_type,
            sum(opening_customers) as opening_customers,
            sum(new_customers) as new_customers,
            sum(reactivated_customers) as reactivated_customers,
            sum(churned_customers) as churned_customers,
            sum(closing_customers) as closing_customers
        from {{ ref("logo_churn") }}
        group by month, segment_type
    ),

    whole as (select * from totals where segment_type = 'all'),

    parts as (select * from totals where segment_type <> 'all')

select
    month,
    parts.segment_type,
    whole.closing_customers,
    parts.closing_customers as parts_closing_customers,
    whole.churned_customers,
    parts.churned_customers as parts_churned_customers
from whole
full join parts using (month)
where
    whole.opening_customers is distinct from parts.opening_customers
    or whole.new_customers is distinct from parts.new_customers
    or whole.reactivated_customers is distinct from parts.reactivated_customers
    or whole.churned_customers is distinct from parts.churned_customers
    or whole.closing_customers is distinct from parts.closing_customers
