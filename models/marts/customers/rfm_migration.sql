-- One row per month and pair of segments: the customers who went from one to the other.
-- Each month is joined with the one before it by itself: all at once do not fit into
-- memory.
{%- set snapshots = [var("rfm_snapshot_months") | int, 1] | max %}
with
    months as (
        select
            snapshot_month,
            row_number() over (order by snapshot_month nulls last) as place
        from
            (
                select distinct snapshot_month from {{ ref("int_customer_rfm") }}
            ) as listed
    ),

    moves as (
        {% for place in range(2, snapshots + 1) %}
            select
                later.snapshot_month,
                later.snapshot_date,
                later.is_current,
                later.is_complete,
                coalesce(earlier.segment, 'Not a customer yet') as from_segment,
                later.segment,
                later.month_net_revenue,
                later.currency
            from {{ ref("int_customer_rfm") }} as later
            inner join
                months as later_month
                on later.snapshot_month = later_month.snapshot_month
                and later_month.place = {{ place }}
            left join
                (
                    select rfm.customer_id, rfm.segment
                    from {{ ref("int_customer_rfm") }} as rfm
                    inner join
                        months as earlier_month
                        on rfm.snapshot_month = earlier_month.snapshot_month
                        and earlier_month.place = {{ place - 1 }}
                ) as earlier
                on later.customer_id = earlier.customer_id
                {{ "union all" if not loop.last }}
        {% else %}
            select
                snapshot_month,
                snapshot_date,
                is_current,
                is_complete,
                cast(null as varchar) as from_segment,
                segment,
                month_net_revenue,
                currency
            from {{ ref("int_customer_rfm") }}
            where false
        {% endfor %}
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
