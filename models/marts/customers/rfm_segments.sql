-- One row per snapshot month and customer: how recent, frequent and valuable it is.
-- A view: the rows of int_customer_rfm need not be kept twice; it is published as a
-- table.
{{ config(materialized="view") }}
with
    customers as (select * from {{ ref("int_customer_rfm") }}),

    final as (
        select
            cast(snapshot_month as date) as snapshot_month,
            cast(customer_id as varchar) as customer_id,
            cast(snapshot_date as date) as snapshot_date,
            cast(is_current as boolean) as is_current,
            cast(is_complete as boolean) as is_complete,
            cast(segment as varchar) as segment,
            cast(r as tinyint) as r,
            cast(f as tinyint) as f,
            cast(m as tinyint) as m,
            cast(fm as tinyint) as fm,
            cast(last_order_date as date) as last_order_date,
            cast(recency_days as integer) as recency_days,
            cast(frequency as bigint) as frequency,
            {{ money("monetary") }} as monetary,
            {{ money("month_net_revenue") }} as month_net_revenue,
            cast(currency as varchar) as currency,
        from customers
    )

select *
from final
