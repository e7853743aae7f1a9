-- One row is one identity and one customer that breaks it.
with
    canonical as (
        select customer_id, not is_test and not is_internal as is_shopper
        from {{ ref("int_customers") }}
    ),

    described as (
        select customer_id, orders, net_revenue from {{ ref("dim_customers") }}
    ),

    ordered as (
        select
            customer_id,
            count(*) as orders,
            sum(net_revenue_reporting) as net_revenue,
            sum(case when is_first_order then 1 else 0 end) as first_orders,
        from {{ ref("fct_orders") }}
        where customer_id is not null
        group by customer_id
    ),

    scored as (
        select customer_id, segment <> 'Prospects' as is_buyer
        from {{ ref("rfm_segments") }}
        where is_current
    ),

    staged as (select * from {{ ref("customer_lifecycle") }}),

    compared as (
        select
            customer_id,
            canonical.customer_id is not null as is_canonical,
            described.customer_id is not null as is_described,
            coalesce(canonical.is_shopper, false) as is_shopper,
            scored.customer_id is not null as is_scored,
            scored.is_buyer as is_scored_buyer,
            staged.customer_id is not null as is_staged,
            staged.orders as staged_orders,
            staged.net_revenue as staged_revenue,
            coalesce(described.orders, 0) as described_orders,
            coalesce(described.net_revenue, 0) as described_revenue,
            coalesce(ordered.first_orders, 0) as first_orders,
            coalesce(ordered.orders, 0) as orders,
            coalesce(ordered.net_revenue, 0) as net_revenue,
        from canonical
        full join described using (customer_id)
        full join ordered using (customer_id)
        full join scored using (customer_id)
        full join staged using (customer_id)
    ),

    offenders as (
        select 'dim_customers_are_customers' as check_name, customer_id
        from compared
        where is_canonical <> is_described
        union all
        select 'customers_and_guests_hold_all_orders' as check_name, customer_id
        from compared
        where described_orders <> orders
        union all
        select 'customers_and_guests_hold_all_revenue' as check_name, customer_id
        from compared
        where described_revenue <> net_revenue
        union all
        select 'buyers_have_one_first_order' as check_name, customer_id
        from compared
        where first_orders <> least(orders, 1)
        union all
        select 'rfm_segments_hold_all_customers' as check_name, customer_id
        from compared
        where is_scored <> is_shopper
        union all
        select 'rfm_buyers_are_buyers' as check_name, customer_id
        from compared
        where coalesce(is_scored_buyer, false) <> (orders > 0)
        union all
        select 'lifecycle_stages_hold_all_customers' as check_name, customer_id
        from compared
        where is_staged <> is_shopper
        union all
        select 'lifecycle_orders_are_customer_orders' as check_name, customer_id
        from compared
        where coalesce(staged_orders, 0) <> orders
        union all
        select 'lifecycle_revenue_is_customer_revenue' as check_name, customer_id
        from compared
        where coalesce(staged_revenue, 0) <> net_revenue
    ),

    final as (
        select
            cast(check_name as varchar) as check_name,
            cast(customer_id as varchar) as customer_id,
        from offenders
    )

select *
from final
