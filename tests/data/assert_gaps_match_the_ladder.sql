-- Each gap after the n-th order is a customer with a next order, and the other way
-- round.
with
    rungs as (
        select distinct segment_type, segment, order_number, customers_next
        from {{ ref("repeat_purchase_ladder") }}
        where customers_next > 0
    ),

    gaps as (
        select segment_type, segment, order_number, gaps
        from {{ ref("interpurchase_time") }}
        where order_number > 0
    )

select
    coalesce(rungs.segment_type, gaps.segment_type) as segment_type,
    coalesce(rungs.segment, gaps.segment) as segment,
    coalesce(rungs.order_number, gaps.order_number) as order_number,
    rungs.customers_next,
    gaps.gaps,
from rungs
full join
    gaps
    on rungs.segment_type = gaps.segment_type
    and rungs.segment = gaps.segment
    and rungs.order_number = gaps.order_number
where rungs.customers_next is distinct from gaps.gaps
