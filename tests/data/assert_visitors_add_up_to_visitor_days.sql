-- The three statuses of a day hold every visitor of the day once.
with
    visitors as (
        select date, sum(visitors) as visitors, sum(sessions) as sessions
        from {{ ref("visitors") }}
        group by date
    ),

    seen as (
        select date, user_id
        from {{ ref("fct_user_activity_daily") }}
        union
        select session_date, user_id
        from {{ ref("int_sessions") }}
    ),

    counted as (select date, count(*) as visitors from seen group by date),

    visits as (
        select session_date as date, count(*) as sessions
        from {{ ref("int_sessions") }}
        group by session_date
    )

select
    date,
    visitors.visitors,
    counted.visitors as counted_visitors,
    visitors.sessions,
    visits.sessions as counted_sessions
from visitors
left join counted using (date)
left join visits using (date)
where
    visitors.visitors <> coalesce(counted.visitors, 0)
    or visitors.sessions <> coalesce(visits.sessions, 0)
