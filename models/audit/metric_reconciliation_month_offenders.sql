-- One row is one identity and one month (and segment) that breaks it.
{%- set anchor = "created_date" if policy("cohort_anchor") == "signup" else "first_order_date" %}
with
    orders as (
        select {{ period_start("month", "order_date") }} as month, net_revenue_reporting
        from {{ ref("fct_orders") }}
        where customer_id is not null
    ),

    buyers as (
        select {{ period_start("month", "first_order_date") }} as month
        from {{ ref("dim_customers") }}
        where first_order_date is not null
    ),

    members as (
        select {{ period_start("month", anchor) }} as month, net_revenue
        from {{ ref("dim_customers") }}
        where {{ anchor }} is not null and not is_test and not is_internal
    ),

    periods as (
        select * from {{ ref("new_vs_returning") }} where period_grain = 'month'
    ),

    cohorts as (
        select cohort_start as month, cohort_size
        from {{ ref("cohort_retention") }}
        where
            entity = 'order'
            and cohort_grain = 'month'
            and dimension = 'all'
            and period_number = 0
    ),

    segments as (
        select *, min(snapshot_month) over () as first_month
        from {{ ref("rfm_segments") }}
    ),

    -- expected amounts count up, actual ones down
    entries as (
        select
            'new_customers_are_buyers_month' as check_name,
            month,
            '' as part,
            1 as amount
        from buyers
        union all
        select 'new_customers_are_buyers_month', period_start, '', - new_customers
        from periods
        union all
        select
            'first_and_repeat_revenue_is_total_month', month, '', net_revenue_reporting
        from orders
        union all
        select
            'first_and_repeat_revenue_is_total_month',
            period_start,
            '',
            - first_order_revenue - repeat_order_revenue
        from periods
        union all
        select 'cohort_sizes_are_buyers_month', month, '', 1
        from members
        union all
        select 'cohort_sizes_are_buyers_month', month, '', - cohort_size
        from cohorts
        union all
        select 'cohort_revenue_is_customer_revenue', month, '', net_revenue
        from members
        union all
        select 'cohort_revenue_is_customer_revenue', cohort_month, '', - net_revenue
        from {{ ref("cohort_revenue") }}
        union all
        select 'rfm_migration_ends_in_segments', snapshot_month, segment, 1
        from segments
        where snapshot_month > first_month
        union all
        select 'rfm_migration_ends_in_segments', snapshot_month, to_segment, - customers
        from {{ ref("rfm_migration") }}
    ),

    offenders as (
        select check_name, month, part
        from entries
        group by check_name, month, part
        having sum(amount) <> 0
    ),

    final as (
        select
            cast(check_name as varchar) as check_name,
            cast(trim(cast(month as varchar) || ' ' || part) as varchar) as month,
        from offenders
    )

select *
from final
