-- One row is one total of the cohort marts or of new_vs_returning.
with
    cohort_retention as (
        select cohort_grain, cohort_size
        from {{ ref("cohort_retention") }}
        where entity = 'order' and dimension = 'all' and period_number = 0
    ),

    cohort_revenue as (select * from {{ ref("cohort_revenue") }}),

    new_vs_returning as (select * from {{ ref("new_vs_returning") }}),

    grains as (
        select grain
        from (values ('day'), ('week'), ('month'), ('quarter'), ('year')) as list(grain)
    ),

    cohort_sizes as (
        select grains.grain, sum(cohort_retention.cohort_size) as customers,
        from grains
        left join cohort_retention on grains.grain = cohort_retention.cohort_grain
        group by grains.grain
    ),

    periods as (
        select
            grains.grain,
            sum(new_customers) as new_customers,
            sum(orders) as orders,
            sum(first_order_revenue) as first_order_revenue,
            sum(repeat_order_revenue) as repeat_order_revenue,
            sum(new_customer_revenue) as new_customer_revenue,
            sum(returning_customer_revenue) as returning_customer_revenue,
            sum(guest_revenue) as guest_revenue,
        from grains
        left join new_vs_returning on grains.grain = new_vs_returning.period_grain
        group by grains.grain
    ),

    measures as (
        select 'cohort_sizes_' || grain as measure, customers as amount
        from cohort_sizes
        union all
        select 'cohort_orders' as measure, sum(orders) as amount
        from cohort_revenue
        union all
        select 'cohort_net_revenue' as measure, sum(net_revenue) as amount
        from cohort_revenue
        union all
        select 'new_customers_' || grain as measure, new_customers as amount
        from periods
        union all
        select 'period_orders_' || grain as measure, orders as amount
        from periods
        union all
        select 'first_order_revenue_' || grain as measure, first_order_revenue as amount
        from periods
        union all
        select
            'repeat_order_revenue_' || grain as measure, repeat_order_revenue as amount
        from periods
        union all
        select
            'new_customer_revenue_' || grain as measure, new_customer_revenue as amount
        from periods
        union all
        select
            'returning_customer_revenue_' || grain as measure,
            returning_customer_revenue as amount
        from periods
        union all
        select 'period_guest_revenue_' || grain as measure, guest_revenue as amount
        from periods
    ),

    final as (
        select
            cast(measure as varchar) as measure,
            {{ money("coalesce(amount, 0)") }} as amount,
        from measures
    )

select *
from final
