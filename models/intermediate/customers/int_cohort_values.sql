-- One row is one monthly cohort, acquisition channel and horizon: what its customers
-- bought in their first 90, 180 or 365 days.
with
    starts as (
        select
            customer_id,
            cohort_start as cohort_month,
            acquisition_channel,
            started_on,
            is_left_censored
        from {{ ref("int_customer_cohorts") }}
        where cohort_grain = 'month'
    ),

    orders as (
        select customer_id, order_date, net_revenue_reporting, gross_margin_reporting
        from {{ ref("int_orders_valid") }}
        where customer_id is not null
    ),

    horizons as (
        select horizon_days from (values (90), (180), (365)) as horizons(horizon_days)
    ),

    sized as (
        select
            cohort_month,
            acquisition_channel,
            count(*) as customers,
            max(started_on) as last_started_on,
            bool_or(is_left_censored) as is_left_censored
        from starts
        group by cohort_month, acquisition_channel
    ),

    aged as (
        select
            starts.cohort_month,
            starts.acquisition_channel,
            {{ days_between("starts.started_on", "orders.order_date") }} as age_days,
            count(*) as orders,
            count(gross_margin_reporting) as orders_with_margin,
            sum(net_revenue_reporting) as net_revenue,
            sum(gross_margin_reporting) as gross_margin
        from orders
        inner join starts on orders.customer_id = starts.customer_id
        where orders.order_date >= starts.started_on
        group by
            starts.cohort_month,
            starts.acquisition_channel,
            {{ days_between("starts.started_on", "orders.order_date") }}
    ),

    bought as (
        select
            cohort_month,
            acquisition_channel,
            horizon_days,
            sum(orders) as orders,
            sum(orders_with_margin) as orders_with_margin,
            sum(net_revenue) as net_revenue,
            sum(gross_margin) as gross_margin
        from aged
        inner join horizons on aged.age_days < horizons.horizon_days
        group by cohort_month, acquisition_channel, horizon_days
    ),

    -- no orders: an amount of 0; orders, but no known cost: an unknown margin
    final as (
        select
            cast(sized.cohort_month as date) as cohort_month,
            cast(sized.acquisition_channel as varchar) as acquisition_channel,
            cast(horizons.horizon_days as integer) as horizon_days,
            cast(sized.customers as bigint) as customers,
            cast(sized.last_started_on as date) as last_started_on,
            cast(
                {{ add_days("sized.last_started_on", "horizons.horizon_days") }}
                <= {{ as_of_date() }} as boolean
            ) as is_mature,
            cast(coalesce(bought.orders, 0) as bigint) as orders,
            cast(
                coalesce(bought.orders_with_margin, 0) as bigint
            ) as orders_with_margin,
            {{ money("coalesce(bought.net_revenue, 0)") }} as net_revenue,
            {{ money("case when bought.orders > 0 then bought.gross_margin else 0 end") }}
            as gross_margin,
            cast(sized.is_left_censored as boolean) as is_left_censored
        from sized
        cross join horizons
        left join
            bought
            on sized.cohort_month = bought.cohort_month
            and sized.acquisition_channel = bought.acquisition_channel
            and horizons.horizon_days = bought.horizon_days
    )

select *
from final
