select * from (values (1, 'a', 10.0), (2, 'b', 20.0), (2, 'c', null), (null, 'd', 40.0)) as t(id, kind, amount)
