select
    'a' as words, 1.5::decimal(18, 4) as exact, 2::double as real, 2::float as half, 1 as whole, 1::bigint as large,
    1::hugeint as huge, 1::utinyint as small, true as flag, date '2024-01-31' as day, timestamp '2024-01-31 10:00' as moment,
    ['a'] as list, {'a': 1, 'b': {'c': 1.5::decimal(9,2), 'd': 'x'}} as pair, 'x'::blob as bytes, time '10:00' as hour, 'a'::enum('a', 'b') as choice
