select * from (values (1, 'a', 1), (2, '', null), (3, ' ', 3), (4, null, 4)) as t(id, word, amount)
