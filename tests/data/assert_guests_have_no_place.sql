-- Guest orders that were put in a sequence: all guests would become one customer.
select order_id, order_number, is_first_order, days_since_prior_order, cohort_month
from {{ ref("fct_orders") }}
where
    customer_id is null
    and (
        order_number is not null
        or is_first_order is not null
        or days_since_prior_order is not null
        or days_since_first_order is not null
        or cohort_month is not null
    )
