-- One row is one basis, period of retention and number of points added to it: what
-- today's revenue and customers come to when everything else stays.
with
    rates as (select * from {{ ref("int_retention_rates") }} where window_months = 12),

    points as (
        select points from (values (0), (1), (2), (3), (4), (5)) as points(points)
    ),

    clocks as (
        select retention_period, months_per_period
        from
            (values ('month', 1), ('year', 12)) as clocks(
                retention_period, months_per_period
            )
    ),

    month_numbers as (
        select period_number as n
        from {{ ref("int_period_numbers") }}
        where period_number between 1 and 12
    ),

    based as (
        select
            rates.*,
            clocks.retention_period,
            clocks.months_per_period,
            points.points,
            power(
                1 - rates.monthly_churn_rate, clocks.months_per_period
            ) as base_retention_rate
        from rates
        cross join clocks
        cross join points
        where rates.monthly_churn_rate is not null
    ),

    -- with all customers staying there is no end to wait for: no value
    raised as (
        select
            *,
            case
                when base_retention_rate + points / 100.0 < 1
                then base_retention_rate + points / 100.0
            end as retention_rate
        from based
    ),

    monthly as (
        select *, power(retention_rate, 1.0 / months_per_period) as kept from raised
    ),

    -- after n months: what is left of today's revenue and of what is gained each month
    months_ahead as (
        select
            basis,
            retention_period,
            points,
            n,
            monthly_revenue * power(kept, n)
            + gained_revenue_per_month
            * (1 - power(kept, n))
            / nullif(1 - kept, 0) as revenue
        from monthly
        cross join month_numbers
    ),

    projected as (
        select
            basis,
            retention_period,
            points,
            sum(revenue) as revenue_next_12m,
            max(revenue) filter (where n = 12) as mrr_12m
        from months_ahead
        group by basis, retention_period, points
    ),

    final as (
        select
            cast(monthly.basis as varchar) as basis,
            cast(monthly.retention_period as varchar) as retention_period,
            cast(monthly.points as integer) as points,
            cast(months as bigint) as months,
            cast(opening_customers as bigint) as opening_customers,
            cast(churned_customers as bigint) as churned_customers,
            cast(base_retention_rate as double) as base_retention_rate,
            cast(retention_rate as double) as retention_rate,
            cast(kept as double) as monthly_retention_rate,
            cast(arpa as double) as arpa,
            cast(arpa / nullif(1 - kept, 0) as double) as revenue_ltv,
            {{ money("monthly_revenue") }} as mrr,
            {{ money("gained_revenue_per_month") }} as gained_mrr_per_month,
            cast(mrr_12m as double) as mrr_12m,
            cast(revenue_next_12m as double) as revenue_next_12m,
            cast(is_low_n as boolean) as is_low_n
        from monthly
        inner join
            projected
            on monthly.basis = projected.basis
            and monthly.retention_period = projected.retention_period
            and monthly.points = projected.points
    )

select *
from final
