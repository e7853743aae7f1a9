-- One row is one customer with subscriptions: how they stand at as_of, over all items.
with
    intervals as (select * from {{ ref("int_mrr_intervals") }}),

    events as (select * from {{ ref("int_mrr_events") }}),

    -- the best of the items that run at as_of says the status
    running as (
        select
            customer_id,
            min(
                case when valid_to is null then {{ subscriber_rank() }} end
            ) as best_status
        from intervals
        group by customer_id
    ),

    latest as (
        select *
        from events
        qualify
            row_number() over (
                partition by customer_id, currency order by occurred_at desc
            )
            = 1
    ),

    starts as (
        select customer_id, min(occurred_at) as mrr_started_at
        from events
        where mrr > 0
        group by customer_id
    ),

    rates as (
        select *
        from {{ ref("int_mrr_rates") }}
        qualify row_number() over (partition by currency order by month desc) = 1
    ),

    states as (
        select
            latest.customer_id,
            max(case when latest.is_sub then 1 else 0 end) = 1 as is_sub,
            max(latest.lost_at) as lost_at,
            sum({{ times("latest.mrr", "rates.rate") }}) as current_mrr,
            sum(
                case when latest.mrr > 0 and rates.rate is null then 1 else 0 end
            ) as unrated
        from latest
        left join rates on latest.currency = rates.currency
        group by latest.customer_id
    ),

    losses as (
        select customer_id, occurred_at, min(end_type) as churn_type
        from events
        where end_type is not null
        group by customer_id, occurred_at
    ),

    joined as (
        select
            running.customer_id,
            running.best_status,
            starts.mrr_started_at,
            coalesce(states.is_sub, false) as is_sub,
            case
                when coalesce(states.unrated, 0) = 0
                then coalesce(states.current_mrr, 0)
            end as current_mrr,
            case when not states.is_sub then states.lost_at end as churned_at
        from running
        left join starts on running.customer_id = starts.customer_id
        left join states on running.customer_id = states.customer_id
    ),

    final as (
        select
            cast(joined.customer_id as varchar) as customer_id,
            cast(
                {{ subscriber_status("joined.best_status", "joined.is_sub", "joined.mrr_started_at") }}
                as varchar
            ) as subscriber_status,
            cast(joined.is_sub as boolean) as is_sub,
            {{ money("joined.current_mrr") }} as current_mrr,
            cast(joined.mrr_started_at as timestamp) as mrr_started_at,
            cast(joined.churned_at as timestamp) as churned_at,
            cast(losses.churn_type as varchar) as churn_type
        from joined
        left join
            losses
            on joined.customer_id = losses.customer_id
            and joined.churned_at = losses.occurred_at
    )

select *
from final
