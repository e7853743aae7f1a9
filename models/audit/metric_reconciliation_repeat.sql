-- One row is one total of the marts on the second and later orders.
with
    ladder as (
        select order_number, max(customers_reached) as customers,
        from {{ ref("repeat_purchase_ladder") }}
        where segment_type = 'all'
        group by order_number
    ),

    interpurchase_time as (
        select gaps
        from {{ ref("interpurchase_time") }}
        where segment_type = 'all' and order_number = 0
    ),

    first_products as (select * from {{ ref("first_product_retention") }}),

    traits as (
        select list.dimension, sum(customers) as customers, sum(net_revenue) as revenue,
        from (values ('discount'), ('channel')) as list(dimension)
        left join first_products on list.dimension = first_products.dimension
        group by list.dimension
    ),

    measures as (
        select 'ladder_step_1' as measure, sum(customers) as amount
        from ladder
        where order_number = 1
        union all
        select 'ladder_steps' as measure, sum(customers) as amount
        from ladder
        union all
        select 'gaps' as measure, sum(gaps) as amount
        from interpurchase_time
        union all
        select 'first_' || dimension || '_customers' as measure, customers as amount
        from traits
        union all
        select 'first_' || dimension || '_revenue' as measure, revenue as amount
        from traits
    ),

    final as (
        select
            cast(measure as varchar) as measure,
            {{ money("coalesce(amount, 0)") }} as amount,
        from measures
    )

select *
from final
