-- One row is one account, month and value metric: what the account's events say that
-- the
-- product was worth to it.
with
    events as (select * from {{ ref("int_account_events") }}),

    metrics as (select * from {{ ref("value_metrics") }}),

    valued as (
        select
            events.account_id,
            {{ period_start("month", "events.event_date") }} as month,
            metrics.value_metric,
            case
                metrics.property
                when 'count'
                then cast(1 as decimal(18, 4))
                when 'revenue'
                then events.revenue
                else {{ json_number("events.properties", "metrics.property") }}
            end as value
        from events
        inner join metrics on events.event_name = metrics.event_name
    ),

    final as (
        select
            cast(account_id as varchar) as account_id,
            cast(month as date) as month,
            cast(value_metric as varchar) as value_metric,
            cast(count(*) as bigint) as events,
            cast(count(value) as bigint) as events_with_value,
            {{ money("coalesce(sum(value), 0)") }} as value
        from valued
        group by account_id, month, value_metric
    )

select *
from final
