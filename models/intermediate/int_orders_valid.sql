-- One row is one valid order: what every retention number counts. A view: a copy of all
-- columns of all orders costs more than its readers' filter.
{{ config(materialized="view") }}
with
    orders as (select * from {{ ref("int_orders_classified") }}),

    final as (
        select * exclude (exclusion_reason) from orders where exclusion_reason is null
    )

select *
from final
