select cast(1 as integer) as id, 'z' as label
