-- One row is one customer who ever bought or subscribed: value to date, and the
-- sufficient statistics of the models that predict it (x, t_x, T).
with
    buyers as (select * from {{ ref("int_customer_orders") }}),

    subscribers as (
        select *
        from {{ ref("int_customer_subscriptions") }}
        where mrr_started_at is not null
    ),

    customers as (
        select customer_id
        from {{ ref("int_customers") }}
        where not is_test and not is_internal
    ),

    reporting as (select * from {{ ref("int_reporting_currency") }}),

    -- purchases after the first day are the repeat purchases
    order_sums as (
        select
            customer_id,
            count(gross_margin_reporting) as orders_with_margin,
            count(distinct order_date) filter (
                where order_date > first_order_date
            ) as repeat_days,
            sum(net_revenue_reporting) filter (
                where order_date > first_order_date
            ) as repeat_day_revenue
        from {{ ref("int_orders_sequenced") }}
        where not is_guest
        group by customer_id
    ),

    joined as (
        select
            customers.customer_id,
            buyers.first_order_date,
            buyers.cohort_month,
            buyers.orders,
            buyers.net_revenue,
            buyers.gross_margin,
            buyers.first_order_revenue,
            subscribers.is_sub,
            subscribers.current_mrr,
            reporting.reporting_currency,
            {{ days_between("buyers.first_order_date", "buyers.last_order_date") }}
            as t_x,
            {{ days_between("buyers.first_order_date", as_of_date()) }} as age_days
        from customers
        cross join reporting
        left join buyers on customers.customer_id = buyers.customer_id
        left join subscribers on customers.customer_id = subscribers.customer_id
        where buyers.customer_id is not null or subscribers.customer_id is not null
    ),

    final as (
        select
            cast(joined.customer_id as varchar) as customer_id,
            cast(joined.reporting_currency as varchar) as currency,
            cast(joined.cohort_month as date) as cohort_month,
            cast(coalesce(joined.orders, 0) as bigint) as orders,
            cast(
                coalesce(order_sums.orders_with_margin, 0) as bigint
            ) as orders_with_margin,
            {{ money("joined.net_revenue") }} as historic_clv,
            {{ money("joined.gross_margin") }} as historic_margin_clv,
            {{ money("joined.first_order_revenue") }} as first_order_revenue,
            {{ money("joined.net_revenue - joined.first_order_revenue") }}
            as repeat_order_revenue,
            {{ safe_divide("joined.net_revenue", "joined.orders") }} as aov,
            {{ safe_divide("joined.orders * 365", "greatest(joined.age_days, 365)") }}
            as purchase_frequency_per_year,
            cast(joined.t_x as integer) as customer_lifetime_days,
            cast(order_sums.repeat_days as bigint) as x,
            cast(joined.t_x as integer) as t_x,
            cast(joined.age_days as integer) as t,
            {{ safe_divide("order_sums.repeat_day_revenue", "order_sums.repeat_days") }}
            as repeat_day_value,
            cast(coalesce(joined.is_sub, false) as boolean) as is_sub,
            {{ money("joined.current_mrr") }} as current_mrr
        from joined
        left join order_sums on joined.customer_id = order_sums.customer_id
    )

select *
from final
