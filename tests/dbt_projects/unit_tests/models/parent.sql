select cast(1 as integer) as id, cast('a' as varchar) as kind, cast(1.50 as decimal(9,2)) as amount, cast('2024-01-01' as date) as day
