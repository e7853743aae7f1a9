-- One row is one customer with credits that belong to no known order, dated before
-- as_of.
with
    refunds as (
        select *
        from {{ ref("stg_refunds") }}
        where customer_id is not null and refunded_at_local < {{ as_of() }}
    ),

    orders as (select order_id from {{ ref("int_order_amounts") }}),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    unmatched as (
        select
            coalesce(resolution.customer_id, refunds.customer_id) as customer_id,
            refunds.refund_id,
            refunds.amount
        from refunds
        left join orders on refunds.order_id = orders.order_id
        left join resolution on refunds.customer_id = resolution.source_customer_id
        where orders.order_id is null
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(count(*) as bigint) as credits,
            {{ money("sum(amount)") }} as unmatched_credit_amount
        from unmatched
        group by customer_id
    )

select *
from final
