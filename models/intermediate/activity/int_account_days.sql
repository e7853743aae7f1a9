-- One row is one account, user and day on which the user did something for the account.
with
    events as (select * from {{ ref("int_account_events") }}),

    final as (
        select
            cast(account_id as varchar) as account_id,
            cast(user_id as varchar) as user_id,
            cast(event_date as date) as date,
            cast(count(*) as bigint) as events,
            cast(
                sum(case when is_core_action then 1 else 0 end) as bigint
            ) as core_actions,
            cast(count(distinct session_id) as bigint) as sessions,
            cast(sum(active_seconds) as decimal(18, 3)) as active_seconds
        from events
        group by account_id, user_id, event_date
    )

select *
from final
