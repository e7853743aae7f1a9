-- States of one subscription item that overlap: the item would be paid twice.
with
    neighbours as (
        select
            subscription_item_id,
            customer_id,
            valid_from,
            valid_to,
            lag(valid_from) over (
                partition by subscription_item_id
                order by valid_from, valid_to nulls last
            ) as earlier_valid_from,
            max(coalesce(valid_to, cast('9999-12-31' as timestamp))) over (
                partition by subscription_item_id
                order by valid_from, valid_to nulls last
                rows between unbounded preceding and 1 preceding
            ) as earlier_valid_to
        from {{ ref("stg_subscriptions") }}
    )
select *
from neighbours
where valid_from < earlier_valid_to
