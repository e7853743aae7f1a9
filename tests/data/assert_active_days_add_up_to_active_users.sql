-- L7 and L28: users by active days add up to the active users that engagement counts
-- on the
-- day before the snapshot.
with
    histogram as (
        select snapshot_date, activity, window_days, sum(users) as users
        from {{ ref("engagement_active_days") }}
        group by snapshot_date, activity, window_days
    ),

    engagement as (select * from {{ ref("engagement") }})

select
    histogram.snapshot_date, histogram.activity, window_days, users, engagement.wau, mau
from histogram
inner join
    engagement
    on histogram.activity = engagement.activity
    and histogram.snapshot_date = {{ add_days("engagement.date", 1) }}
where users <> case when window_days = 7 then wau else mau end
