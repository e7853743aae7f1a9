-- States of subscription items that end before they begin, or at once.
select subscription_item_id, customer_id, status, valid_from, valid_to
from {{ ref("stg_subscriptions") }}
where valid_to <= valid_from
