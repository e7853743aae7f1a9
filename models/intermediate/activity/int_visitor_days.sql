-- One row is one visitor and day with an event or visit, anonymous visitors included:
-- new,
-- seen before, or already a customer when the day began.
with
    activity as (select * from {{ ref("int_user_activity_daily") }}),

    sessions as (select * from {{ ref("int_sessions") }}),

    buyers as (select * from {{ ref("int_customer_orders") }}),

    subscribers as (select * from {{ ref("int_churn_spells") }}),

    known as (
        select user_id, date, is_anonymous, 0 as sessions
        from activity
        union all
        select user_id, session_date, is_anonymous, 1
        from sessions
    ),

    days as (
        select
            user_id,
            date,
            bool_and(is_anonymous) as is_anonymous,
            sum(sessions) as sessions,
            min(min(date)) over (partition by user_id) as first_visit_date
        from known
        group by user_id, date
    ),

    final as (
        select
            cast(days.user_id as varchar) as user_id,
            cast(days.date as date) as date,
            cast(days.is_anonymous as boolean) as is_anonymous,
            cast(days.sessions as bigint) as sessions,
            cast(days.first_visit_date < days.date as boolean) as has_earlier_visit,
            cast(
                case
                    when
                        coalesce(buyers.first_order_date < days.date, false)
                        or coalesce(subscribers.started_date < days.date, false)
                    then 'customer'
                    when days.first_visit_date < days.date
                    then 'returning'
                    else 'new'
                end as varchar
            ) as visitor_status
        from days
        left join buyers on days.user_id = buyers.customer_id
        left join subscribers on days.user_id = subscribers.customer_id
    )

select *
from final
