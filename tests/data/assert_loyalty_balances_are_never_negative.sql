-- Members whose points were below 0 after some entry: more was redeemed or expired than
-- they had. Look for entries that are missing or loaded twice.
select customer_id, enrolled_date, points_balance, lowest_balance
from {{ ref("int_loyalty_members") }}
where lowest_balance < 0
