-- The cohorts of a grain and dimension hold every customer with a start, each once.
with
    cells as (select * from {{ ref("cohort_retention") }} where entity = 'order'),

    orders as (select * from {{ ref("int_orders_sequenced") }}),

    customers as (select * from {{ ref("int_customers") }}),

    starters as (
        select
            case
                when '{{ policy("cohort_anchor") }}' = 'signup'
                then
                    (
                        select count(*)
                        from customers
                        where created_date is not null and not (is_test or is_internal)
                    )
                else (select count(distinct customer_id) from orders)
            end as customers
    ),

    grains as (
        select cohort_grain
        from
            (values {{ cohort_max_period_rows() }}) as grains(
                cohort_grain, max_period_number
            )
    ),

    slices as (
        select cohort_grain, dimension
        from grains
        cross join
            (values ('all'), ('acquisition_channel'), ('country')) as slices(dimension)
        where cohort_grain = 'month' or dimension = 'all'
    ),

    sizes as (
        select cohort_grain, dimension, sum(cohort_size) as cohort_sizes
        from cells
        where period_number = 0
        group by cohort_grain, dimension
    )

select cohort_grain, dimension, coalesce(cohort_sizes, 0) as cohort_sizes, customers
from slices
cross join starters
left join sizes using (cohort_grain, dimension)
where coalesce(cohort_sizes, 0) <> customers
