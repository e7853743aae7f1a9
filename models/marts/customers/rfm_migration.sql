-- One row per month and pair of segments: the customers who went from one to the other.
with
    customers as (
        select
            snapshot_month,
            customer_id,
            snapshot_date,
            is_current,
            is_complete,
            segment,
            month_net_revenue,
            currency,
        from {{ ref("int_customer_rfm") }}
    ),

    months as (
        select
            snapshot_month,
            lag(snapshot_month) over (
                order by snapshot_month nulls last
            ) as month_before,
        from (select distinct snapshot_month from customers) as listed
    ),

    moves as (
        select
            customers.*, coalesce(before.segment, 'Not a customer yet') as from_segment,
        from customers
        inner join
            months
            on customers.snapshot_month = months.snapshot_month
            and months.month_before is not null
        left join
            customers as before
            on customers.customer_id = before.customer_id
            and months.month_before = before.snapshot_month
    ),

    pairs as (
        select
            snapshot_month,
            snapshot_date,
            is_current,
            is_complete,
            from_segment,
            segment as to_segment,
            count(*) as customers,
            sum(month_net_revenue) as revenue,
            max(currency) as currency,
        from moves
        group by
            snapshot_month,
            snapshot_date,
            is_current,
            is_complete,
            from_segment,
            segment
    ),

    bases as (
        select
            *,
            sum(customers) over (
                partition by snapshot_month, from_segment
            ) as from_customers,
        from pairs
    ),

    final as (
        select
            cast(snapshot_month as date) as snapshot_month,
            cast(from_segment as varchar) as from_segment,
            cast(to_segment as varchar) as to_segment,
            cast(snapshot_date as date) as snapshot_date,
            cast(is_current as boolean) as is_current,
            cast(is_complete as boolean) as is_complete,
            cast(customers as bigint) as customers,
            cast(from_customers as bigint) as from_customers,
            case
                when is_complete then {{ safe_divide("customers", "from_customers") }}
            end as migration_rate,
            {{ safe_divide("customers", "from_customers") }} as migration_rate_partial,
            cast(from_customers < {{ policy("min_cell_size") }} as boolean) as is_low_n,
            {{ money("revenue") }} as revenue,
            cast(currency as varchar) as currency,
        from bases
    )

select *
from final
