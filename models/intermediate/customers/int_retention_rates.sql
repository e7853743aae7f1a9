-- One row is one basis and one trailing window of 3 or 12 complete months: churn pooled
-- over them, and what a customer brings in a month.
with
    months as (select * from {{ ref("int_retention_months") }} where is_complete),

    numbered as (
        select
            *,
            row_number() over (
                partition by basis order by month desc nulls last
            ) as months_back
        from months
    ),

    windows as (select window_months from (values (3), (12)) as windows(window_months)),

    pooled as (
        select
            numbered.basis,
            windows.window_months,
            count(*) as months,
            min(numbered.month) as from_month,
            sum(opening_customers) as opening_customers,
            sum(churned_customers) as churned_customers,
            sum(gained_customers) as gained_customers,
            sum(closing_customers) as closing_customers,
            sum(revenue) as revenue,
            count(revenue) as months_with_revenue,
            sum(gained_mrr) as gained_mrr,
            max(case when months_back = 1 then closing_customers end) as customers_now,
            max(case when months_back = 1 then paying_customers end) as paying_now,
            max(case when months_back = 1 then revenue end) as revenue_now
        from numbered
        inner join windows on numbered.months_back <= windows.window_months
        group by numbered.basis, windows.window_months
    ),

    valued as (
        select
            *,
            {{ safe_divide("churned_customers", "opening_customers") }} as churn_rate,
            case
                when months_with_revenue < months
                then null
                when basis = 'orders'
                then {{ safe_divide("revenue", "closing_customers") }}
                else {{ safe_divide("revenue_now", "paying_now") }}
            end as arpa
        from pooled
    ),

    final as (
        select
            cast(basis as varchar) as basis,
            cast(window_months as integer) as window_months,
            cast(months as bigint) as months,
            cast(from_month as date) as from_month,
            cast(opening_customers as bigint) as opening_customers,
            cast(churned_customers as bigint) as churned_customers,
            cast(churn_rate as double) as monthly_churn_rate,
            {{ safe_divide("opening_customers", "churned_customers") }}
            as expected_lifetime_months,
            cast(customers_now as bigint) as customers_now,
            cast(arpa as double) as arpa,
            {{ money("case basis when 'orders' then arpa * customers_now else revenue_now end") }}
            as monthly_revenue,
            {{ money(
                "case basis when 'orders' then arpa * gained_customers / months else gained_mrr / months end"
            ) }}
            as gained_revenue_per_month,
            cast(
                opening_customers < {{ policy("min_cell_size") }} as boolean
            ) as is_low_n
        from valued
    )

select *
from final
