-- One row is one month of one basis (subscribers, or buyers of a shop): the
-- roll-forward
-- of all its customers and the revenue that they bring.
with
    subscribers as (select * from {{ ref("int_logo_movements") }}),

    buyers as (select * from {{ ref("int_order_logo_movements") }}),

    mrr as (select * from {{ ref("int_mrr_reporting_totals") }}),

    sales as (
        select
            {{ period_start("month", "order_date") }} as month,
            sum(net_revenue_reporting) as net_revenue
        from {{ ref("int_orders_valid") }}
        where customer_id is not null
        group by {{ period_start("month", "order_date") }}
    ),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    moved as (
        select
            'subscriptions' as basis,
            month,
            new_customers + reactivated_customers as gained,
            churned_customers as churned
        from subscribers
        union all
        select 'orders', month, new_customers + reactivated_customers, churned_customers
        from buyers
    ),

    movements as (
        select basis, month, sum(gained) as gained, sum(churned) as churned
        from moved
        group by basis, month
    ),

    begun as (select basis, min(month) as began from movements group by basis),

    spine as (
        select
            begun.basis, {{ add_periods("month", "began", "period_number") }} as month
        from begun
        inner join
            numbers
            on period_number
            <= {{ months_between("began", "(" ~ as_of() ~ " - interval 1 microsecond)") }}
    ),

    rolled as (
        select
            spine.basis,
            spine.month,
            coalesce(movements.gained, 0) as gained,
            coalesce(movements.churned, 0) as churned,
            sum(coalesce(movements.gained, 0) - coalesce(movements.churned, 0)) over (
                partition by spine.basis
                order by spine.month nulls last
                rows unbounded preceding
            ) as closing
        from spine
        left join
            movements on spine.basis = movements.basis and spine.month = movements.month
    ),

    final as (
        select
            cast(rolled.basis as varchar) as basis,
            cast(rolled.month as date) as month,
            cast(closing - gained + churned as bigint) as opening_customers,
            cast(gained as bigint) as gained_customers,
            cast(churned as bigint) as churned_customers,
            cast(closing as bigint) as closing_customers,
            cast(
                case
                    rolled.basis when 'orders' then closing else mrr.paying_customers
                end as bigint
            ) as paying_customers,
            {{ money(
                "case rolled.basis when 'orders' then coalesce(sales.net_revenue, 0) else mrr.closing_mrr end"
            ) }}
            as revenue,
            {{ money("case rolled.basis when 'subscriptions' then mrr.new_mrr + mrr.reactivation_mrr end") }}
            as gained_mrr,
            cast(
                cast({{ add_periods("month", "rolled.month", 1) }} as timestamp)
                <= {{ as_of() }} as boolean
            ) as is_complete
        from rolled
        left join sales on rolled.month = sales.month
        left join mrr on rolled.month = mrr.month
    )

select *
from final
