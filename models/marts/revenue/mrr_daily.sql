-- One row is one day and one currency: MRR at the end of the day, from the first paid
-- day
-- to as_of. Running sums of the changes per day.
with
    events as (select * from {{ ref("int_mrr_events") }}),

    changes as (
        select
            cast(occurred_at_local as date) as date,
            currency,
            sum(mrr - prior_mrr) as mrr_change,
            sum(case when mrr > 0 then 1 else 0 end)
            - sum(case when prior_mrr > 0 then 1 else 0 end) as paying_change,
            sum(case when is_sub then 1 else 0 end)
            - sum(case when prior_is_sub then 1 else 0 end) as subscriber_change
        from events
        group by cast(occurred_at_local as date), currency
    ),

    currencies as (
        select currency, min(date) as first_date from changes group by currency
    ),

    spine as (
        select
            currency,
            {{ date_spine(
                "day", "first_date", "cast(" ~ as_of() ~ " - interval 1 second as date)"
            ) }} as day_at
        from currencies
    ),

    days as (select currency, cast(day_at as date) as date from spine),

    carried as (
        select
            days.date,
            days.currency,
            coalesce(changes.mrr_change, 0) as mrr_change,
            sum(coalesce(changes.mrr_change, 0)) over currency_history as mrr,
            sum(coalesce(changes.paying_change, 0)) over currency_history
            as paying_customers,
            sum(coalesce(changes.subscriber_change, 0)) over currency_history
            as subscribers
        from days
        left join
            changes on days.date = changes.date and days.currency = changes.currency
        window
            currency_history as (
                partition by days.currency
                order by days.date
                rows between unbounded preceding and current row
            )
    ),

    final as (
        select
            cast(date as date) as date,
            cast(currency as varchar) as currency,
            {{ money("mrr - mrr_change") }} as opening_mrr,
            {{ money("mrr_change") }} as mrr_change,
            {{ money("mrr") }} as closing_mrr,
            {{ money("12 * mrr") }} as arr,
            cast(paying_customers as bigint) as paying_customers,
            cast(subscribers as bigint) as subscribers,
            cast(
                cast({{ add_days("date", 1) }} as timestamp) <= {{ as_of() }} as boolean
            ) as is_complete
        from carried
    )

select *
from final
