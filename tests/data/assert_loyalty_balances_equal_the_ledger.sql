-- Months in which the points of the programme are not those of the month before plus
-- what
-- was earned, less what was redeemed or expired, plus corrections; and ledger totals
-- that
-- the last month does not show.
with
    months as (
        select
            month,
            points_balance,
            coalesce(lag(points_balance) over (order by month), 0)
            + points_earned
            - points_redeemed
            - points_expired
            + points_adjusted as expected_balance
        from {{ ref("loyalty") }}
        where tier = 'all'
    ),

    ledger as (
        select sum(points) as points_balance from {{ ref("int_loyalty_entries") }}
    ),

    latest as (select max(month) as month from months)

select cast(month as varchar) as month, points_balance, expected_balance
from months
where points_balance <> expected_balance
union all
select 'ledger', months.points_balance, ledger.points_balance
from months
inner join latest on months.month = latest.month
cross join ledger
where months.points_balance <> ledger.points_balance
