-- States of subscription items with a negative price, quantity or discount, a
-- discount of
-- more than 100 percent, or a billing interval of no length.
select
    subscription_item_id,
    customer_id,
    valid_from,
    unit_amount,
    quantity,
    interval_count,
    discount_percent,
    discount_amount
from {{ ref("stg_subscriptions") }}
where
    unit_amount < 0
    or quantity < 0
    or interval_count < 1
    or discount_percent < 0
    or discount_percent > 100
    or discount_amount < 0
