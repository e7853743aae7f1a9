-- One customer's state of k months before and its state now, for the months in which
-- both hold.
with
    states as (select * from {{ ref("int_mrr_customer_month") }}),

    windows as (
        select window_months from (values (1), (3), (12)) as list(window_months)
    ),

    -- the months in which a state is that of k months before. 1 month starts from all
    -- subscribers (a paused one may come back), longer windows from those who paid
    bases as (
        select
            customer_id,
            currency,
            plan_id,
            window_months,
            mrr as base_mrr,
            {{ add_periods("month", "month", "window_months") }} as from_month,
            coalesce(
                {{ add_periods("month", "next_month", "window_months") }},
                {{ far_date() }}
            ) as until_month
        from states
        cross join windows
        where mrr > 0 or (is_sub and window_months = 1)
    ),

    -- a pair of states, then and now, holds for some months; its amounts are the same
    -- in each of them
    pairs as (
        select
            bases.*,
            states.mrr,
            states.is_sub,
            greatest(from_month, states.month) as begins,
            least(until_month, coalesce(states.next_month, {{ far_date() }})) as ends
        from bases
        inner join
            states
            on bases.customer_id = states.customer_id
            and bases.currency = states.currency
            and states.month < until_month
            and coalesce(states.next_month, {{ far_date() }}) > from_month
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(currency as varchar) as currency,
            cast(window_months as integer) as window_months,
            cast(begins as date) as month,
            cast(nullif(ends, {{ far_date() }}) as date) as until_month,
            cast(plan_id as varchar) as plan_id,
            {{ money("base_mrr") }} as base_mrr,
            {{ money("mrr") }} as mrr,
            cast(is_sub as boolean) as is_sub
        from pairs
    )

select *
from final
