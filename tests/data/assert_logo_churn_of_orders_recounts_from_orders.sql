-- Basis orders again, month by month: buyers whose last order is recent enough at its
-- end.
with
    shown as (
        select month, closing_customers, churn_after_days
        from {{ ref("logo_churn") }}
        where segment_type = 'all' and basis = 'orders'
    ),

    cuts as (
        select
            month,
            closing_customers,
            churn_after_days,
            least(
                {{ add_periods("month", "month", 1) }}, {{ as_of_date() }}
            ) as cut_date
        from shown
    ),

    latest as (
        select
            cuts.month,
            cuts.closing_customers,
            cuts.churn_after_days,
            cuts.cut_date,
            orders.customer_id,
            max(orders.order_date) as last_order_date
        from cuts
        inner join
            {{ ref("int_orders_sequenced") }} as orders
            on orders.order_date < cuts.cut_date
            or orders.ordered_at_local < {{ as_of() }}
            and cuts.cut_date = {{ as_of_date() }}
        where orders.customer_id is not null
        group by
            cuts.month,
            cuts.closing_customers,
            cuts.churn_after_days,
            cuts.cut_date,
            orders.customer_id
    )

select
    month,
    closing_customers,
    sum(
        case
            when {{ days_between("last_order_date", "cut_date") }} <= churn_after_days
            then 1
            else 0
        end
    ) as recent_buyers
from latest
group by month, closing_customers
having
    closing_customers <> sum(
        case
            when {{ days_between("last_order_date", "cut_date") }} <= churn_after_days
            then 1
            else 0
        end
    )
