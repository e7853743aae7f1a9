select 1 as id, 'x' as name, cast(2.5 as decimal(9,2)) as amount
