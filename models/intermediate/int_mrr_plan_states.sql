-- One row is one plan that a customer pays for in a currency, at the end of a month in
-- which something changed; it holds until next_month.
with
    states as (select * from {{ ref("int_mrr_customer_month") }} where mrr > 0),

    intervals as (select * from {{ ref("int_mrr_intervals") }} where mrr > 0),

    paid as (
        select
            states.customer_id,
            states.currency,
            states.month,
            states.next_month,
            coalesce(intervals.plan_id, 'unknown') as plan_id,
            sum(intervals.mrr) as mrr
        from states
        inner join
            intervals
            on states.customer_id = intervals.customer_id
            and states.currency = intervals.currency
            and intervals.valid_from_local
            < {{ add_periods("month", "states.month", 1) }}
            and coalesce(intervals.valid_to_local, {{ far_date() }})
            >= {{ add_periods("month", "states.month", 1) }}
        group by
            states.customer_id,
            states.currency,
            states.month,
            states.next_month,
            coalesce(intervals.plan_id, 'unknown')
    ),

    -- the sums to date are rounded, not the parts: so the parts add up to the customer
    summed as (
        select
            *,
            {{ money("sum(mrr) over to_date") }} as mrr_to_date,
            {{ money("sum(mrr) over to_date - mrr") }} as mrr_before
        from paid
        window
            to_date as (
                partition by customer_id, currency, month
                order by plan_id
                rows between unbounded preceding and current row
            )
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(currency as varchar) as currency,
            cast(month as date) as month,
            cast(next_month as date) as next_month,
            cast(plan_id as varchar) as plan_id,
            {{ money("mrr_to_date - mrr_before") }} as mrr
        from summed
    )

select *
from final
