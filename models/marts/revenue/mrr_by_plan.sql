-- One row is one month, one currency and one plan: the MRR that the plan brings.
with
    states as (select * from {{ ref("int_mrr_plan_states") }}),

    months as (select * from {{ ref("int_mrr_months") }}),

    rates as (select * from {{ ref("int_mrr_rates") }}),

    edges as (
        select month, currency, plan_id, mrr as mrr_change, 1 as customers_change
        from states
        union all
        select next_month, currency, plan_id, - mrr, -1
        from states
        where next_month is not null
    ),

    changes as (
        select
            month,
            currency,
            plan_id,
            sum(mrr_change) as mrr_change,
            sum(customers_change) as customers_change
        from edges
        group by month, currency, plan_id
    ),

    plans as (
        select currency, plan_id, min(month) as first_month
        from changes
        group by currency, plan_id
    ),

    carried as (
        select
            months.month,
            months.is_complete,
            plans.currency,
            plans.plan_id,
            coalesce(changes.mrr_change, 0) as mrr_change,
            sum(coalesce(changes.mrr_change, 0)) over plan_history as closing_mrr,
            sum(coalesce(changes.customers_change, 0)) over plan_history as customers
        from plans
        inner join months on months.month >= plans.first_month
        left join
            changes
            on months.month = changes.month
            and plans.currency = changes.currency
            and plans.plan_id = changes.plan_id
        window
            plan_history as (
                partition by plans.currency, plans.plan_id
                order by months.month
                rows between unbounded preceding and current row
            )
    ),

    compared as (
        select
            carried.*,
            rates.rate,
            sum(closing_mrr) over (
                partition by carried.month, carried.currency
            ) as all_closing_mrr
        from carried
        left join
            rates on carried.month = rates.month and carried.currency = rates.currency
    ),

    final as (
        select
            cast(month as date) as month,
            cast(currency as varchar) as currency,
            cast(plan_id as varchar) as plan_id,
            {{ money("closing_mrr - mrr_change") }} as opening_mrr,
            {{ money("mrr_change") }} as mrr_change,
            {{ money("closing_mrr") }} as closing_mrr,
            {{ money(times("closing_mrr", "rate")) }} as closing_mrr_reporting,
            {{ money("all_closing_mrr") }} as all_closing_mrr,
            {{ safe_divide("closing_mrr", "all_closing_mrr") }} as mrr_share,
            cast(customers as bigint) as paying_customers,
            {{ safe_divide("closing_mrr", "customers") }} as arpa,
            cast(is_complete as boolean) as is_complete,
            customers < {{ policy("min_cell_size") }} as is_low_n
        from compared
    )

select *
from final
