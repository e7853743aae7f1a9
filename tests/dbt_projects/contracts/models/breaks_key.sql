select * from (values (1), (1)) as t(id)
