"""The same SQL on the same typed rows, for both engines: began least one query for every rule.

`ROWS` holds what decides: NULLs, zeros, halves, ends of months, the last day of a year, instants with
fractions, letters that sort differently, decimals at the edge of their scale.
"""

from __future__ import annotations

ROWS = """
select
    cast(id as integer) as id, cast(i as integer) as i, cast(big as bigint) as big,
    cast(d as decimal(18, 4)) as d, cast(rate as decimal(18, 8)) as rate, cast(x as double) as x,
    cast(y as double) as y, cast(s as varchar) as s, cast(p as varchar) as p,
    cast(day as date) as day, cast(other as date) as other, cast(began as timestamp) as began,
    cast(ended as timestamp) as ended, cast(flag as boolean) as flag, cast(j as varchar) as j
from (values
(1, 1, 10, '12.3450', '1.12345678', '2.5', '2', 'apple', 'a%', '2024-01-31', '2024-02-29',
 '2024-01-31 10:20:30.5', '2024-02-01 00:00:00', true, '{"v": 1.50}'),
(2, 2, 20, '0.0000', '0.00000000', '-2.5', '0', 'Banana', '_anana', '2023-12-31', '2024-01-01',
 '2023-12-31 23:59:59.999999', '2024-01-01 00:00:00', false, '{"v": "2"}'),
(3, 0, 30, '-0.0050', '0.33333333', '0.125', '4', 'a\\c', 'a\\%', '2024-02-29', '2023-02-28',
 '2024-02-29 00:00:00', '2024-03-31 01:30:00', null, '{"v": "1_0"}'),
(4, -7, -40, '99999999999.9999', '7.00000001', '1.005', '3', ' pad ', '%', '2024-03-31', null,
 '2024-03-31 02:30:00', null, true, '{"w": 1}'),
(5, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
(6, 2, 2147483648, '12.3450', '0.50000000', '2.675', '-1', 'apple', 'b', '2024-01-31', '2024-05-30',
 '2024-01-31 10:20:30.5', '2024-10-27 02:30:00', true, '{"v": null}'),
(7, 3, 7, '0.0001', '0.00000001', '3.5', '0.5', 'z-9 Z', 'Z%', '2020-02-29', '2024-02-29',
 '2020-02-29 12:00:00', '2024-02-29 11:59:59', false, '{"v": "x"}')
) as given(id, i, big, d, rate, x, y, s, p, day, other, began, ended, flag, j)
"""
"""The table raw.t of every pair."""

_SCALARS = {
    "literals": "1, -5, 2147483648, 1.5, 0.10, 1e-9, 'it''s', 'back\\slash', true, false,"
    " cast(null as date)",
    "sums": "i + 1, big - i, d + 1, d - rate, x + d, -x, -(d), i + big",
    "products": "i * 2, d * i, cast(d as decimal(28, 4)) * rate, x * d, d * 0.25",
    "ratios": "i / nullif(big, 0), i / 3, d / nullif(rate, 0), x / nullif(y, 0),"
    " cast(d as double) / nullif(cast(i as double), 0), d / 7.0",
    "ratios_by_zero": "x / y, i / i, d / i, 0 / y",
    "ratios_in_branches": "case when i <> 0 then d / i end, case when y = 0 then -1 else x / y end,"
    " coalesce(x / nullif(y, 0), 9), case when i <> 0 and d / i > 1 then 'more' end",
    "remainders": "i % 3, big % 7, (i - 10) % 4",
    "rounding": "round(x), round(-x), round(x, 2), round(x * 100, -2), round(d, 2), round(d), round(i),"
    " round(d - 0.00005, 3)",
    "floors": "floor(x), ceil(x), floor(d), ceil(d), floor(i), ceil(-x)",
    "absolutes": "abs(i), abs(d), abs(-x)",
    "powers": "exp(x), sqrt(abs(x)), pow(x, 2), power(y, i), sqrt(x), exp(-y / 2)",
    "logarithms": "ln(abs(x) + 1), ln(y), ln(i), ln(d)",
    "to_integers": "cast(x as integer), cast(d as bigint), cast(x * 1000 as bigint), cast(y as tinyint),"
    " cast(flag as integer), cast(rate as integer), cast('12' as integer)",
    "to_decimals": "cast(x as decimal(18, 2)), cast(x as decimal(18, 4)), cast(x / 3 as decimal(38, 9)),"
    " cast(i as decimal(18, 4)), cast(d as decimal(18, 2)), cast(rate as decimal(9, 3)),"
    " cast(x as decimal(18, 0)), cast('1.23456' as decimal(18, 4)), cast(1.00005e0 as decimal(18, 4)),"
    " cast(flag as decimal(4, 1))",
    "to_doubles": "cast(i as double), cast(d as double), cast(rate as double), cast('1.5' as double)",
    "to_texts": "cast(i as varchar), cast(d as varchar), cast(day as varchar), cast(began as varchar),"
    " cast(flag as varchar), cast(rate as varchar), cast(cast(0 as decimal(18, 8)) as varchar)",
    "to_times": "cast(began as date), cast(day as timestamp), cast('2024-02-29' as date),"
    " cast('2024-02-29 01:02:03.5' as timestamp), cast('2024-02-29' as timestamp)",
    "to_booleans": "cast(i as boolean), cast(flag as boolean)",
    "tried": "try_cast(s as decimal(18, 4)),"
    " try_cast(' 5 ' as decimal(18, 4)), try_cast('1.' as decimal(18, 4)),"
    " try_cast('.5' as decimal(18, 4)), try_cast('+1' as decimal(18, 4)),"
    " try_cast('1d' as decimal(18, 4)), try_cast('' as decimal(18, 4)),"
    " try_cast('1e20' as decimal(18, 4)), try_cast('1.00005' as decimal(18, 4))",
    "tried_exponents": "try_cast('1e3' as decimal(18, 4)), try_cast('2.5E-1' as decimal(18, 4))",
    "days": "day + 7, day - 1, 3 + day, day + i, day - i",
    "day_intervals": "day + interval 1 month, day - interval 1 month, day + interval 2 week,"
    " day + interval 1 year, day + interval 2 quarter, day + interval 90 minute,"
    " day + (i * interval 1 month), day + (cast(i as integer) * interval 3 day)",
    "instant_intervals": "began + interval 1 month, began - interval 1 month, began + interval 36 hour,"
    " began - interval 1 second, began - interval 1 microsecond, began + interval 250 millisecond,"
    " began + interval 1 day, began + i * interval 1 year, began - (2 * interval 1 week), began + interval (i) day",
    "day_differences": "date_diff('day', day, other), date_diff('day', began, ended),"
    " date_diff('month', day, other), date_diff('quarter', day, other), date_diff('year', day, other),"
    " date_diff('day', day, began)",
    "instant_differences": "date_diff('hour', began, ended), date_diff('minute', began, ended),"
    " date_diff('second', began, ended)",
    "epochs": "epoch(began), epoch(day), (epoch(ended) - epoch(began)) / 3600",
    "starts": "date_trunc('year', day), date_trunc('quarter', day), date_trunc('month', day),"
    " date_trunc('week', day), date_trunc('day', day), date_trunc('month', began), date_trunc('week', began),"
    " date_trunc('day', began), date_trunc('hour', began), date_trunc('minute', began)",
    "parts": "year(day), quarter(day), month(day), day(day), year(began), hour(began), minute(began), month(began)",
    "made_days": "make_date(2024, i + 8, 3), last_day(day), last_day(began), make_date(year(day), 2, 28)",
    "formats": "strftime(day, '%Y-%m'), strftime(began, '%Y-%m-%d %H:%M:%S'), strftime(began, '%Y-%m-%dT%H:%M')",
    "zones": "began at time zone 'UTC' at time zone 'Europe/Berlin',"
    " (ended at time zone 'UTC') at time zone 'America/New_York',"
    " cast('2024-06-01 00:00:00' as timestamp) at time zone 'Europe/Berlin' at time zone 'UTC',"
    " cast('2024-01-01' as timestamp) at time zone 'America/New_York' at time zone 'UTC',"
    # 02:30 is not there on a day of March, and twice on one of October
    " began at time zone 'Europe/Berlin' at time zone 'UTC',"
    " ended at time zone 'Europe/Berlin' at time zone 'UTC',"
    " cast('2024-04-07 01:45:00' as timestamp) at time zone 'Australia/Lord_Howe' at time zone 'UTC'",
    "joined_texts": "s || p, s || i, s || d, s || day, s || cast(null as varchar), s || flag, (s || '-') || began",
    "cut_texts": "left(s, 2), right(s, 2), substr(s, 2, 3), substr(s, 2), trim(s), ltrim(s), rtrim(s),"
    " length(s), left(s, 0)",
    "changed_texts": "lower(s), upper(s), replace(s, 'a', 'b'), replace(s, 'an', ''), chr(10) || chr(92)",
    "hashes": "md5(s), sha256(s), sha256(s || p)",
    "likes": "s like p, s like '%an%', s ilike 'A%', s like 'a\\%', s not like '_pple'",
    "patterns": "regexp_matches(s, '^[a-z]+$'), regexp_matches(s, '[0-9]'),"
    " regexp_matches(s || chr(10), 'e$'), regexp_replace(s, '[[:space:]]', '', 'g'),"
    " substr(s, 1, length(s) - 2), substr(s, 1, length(s) - 6), substr(s, 1, i),"
    " regexp_extract(s, '^([^a]*)', 1), regexp_extract(s, '(n)(x*)', 2), regexp_extract(s, '[a-z]+', 0),"
    " regexp_replace(s, '[^a-z]', '.', 'g'), regexp_matches(s, '^[A-Z][^@]{2,4}')",
    "choices": "case when flag then i when not flag then d end, case i when 1 then 'one' else 'more' end,"
    " coalesce(i, d, 0), coalesce(day, cast(began as date)), greatest(i, 1), least(d, x, 2),"
    " greatest(day, other), nullif(i, 2), nullif(s, 'apple'), if(flag, 1, 2)",
    "days_beside_instants": "coalesce(began, day), case when flag then day else began end, greatest(day, began)",
    "comparisons": "i = 2, i <> 2, d > 0, x <= 2.5, s < 'b', day >= '2024-01-31', began < '2024-02-01',"
    " day = began, i between 1 and 2, d between 0 and 12.345, day between other and began, i in (1, 2),"
    " s in ('apple', 'z'), i not in (1, 2)",
    "distinctions": "i is distinct from 2, i is not distinct from null, s is distinct from p,"
    " day is not distinct from began",
    "logic": "flag and i > 1, flag or i > 1, not flag, flag is null, flag is not null, flag is true,"
    " flag is not true, (flag is false) is true",
    "errors_not_reached": "case when id > 100 then error('no') else 'yes' end",
}

_QUERIES = {
    "json_numbers": "select id, try_cast(json_extract_string(j, '$.v') as decimal(18, 4)) as v from raw.t"
    " where id <> 3",
    "totals": "select flag, count(*) as n, count(i) as c, count(distinct s) as u, sum(i) as si,"
    " sum(big) as sb, sum(d) as sd, sum(x) as sx, sum(flag) as sf, avg(x) as ax, avg(i) as ai,"
    " avg(d) as ad, min(day) as first_day, max(began) as last_at, min(s) as s, bool_or(i > 1) as some,"
    " bool_and(i > 0) as every, sum(distinct i) as ds from raw.t group by flag",
    "no_rows": "select count(*) as n, sum(i) as s, avg(d) as a, min(day) as m, median(x) as med,"
    " bool_or(flag) as b, count_if(flag) as ci, string_agg(s, ',' order by s) as l, max(s) as x"
    " from raw.t where id > 100",
    "filtered": "select s, count(*) filter (where flag) as n, sum(d) filter (where i > 1) as d,"
    " max(day) filter (where not flag) as m, count_if(i > 1) as c from raw.t group by s having count(*) > 0",
    "quantiles": "select flag, quantile_cont(x, 0.5) as m, quantile_cont(cast(i as double), 0.9) as p,"
    " median(i) as med, quantile_cont(cast(d as double), 0.25) as q from raw.t group by flag",
    "deviations": "select flag, stddev_samp(x) as s, stddev_pop(i) as p, var_samp(d) as v,"
    " var_pop(x) as w, stddev(x) as t from raw.t group by flag",
    "lists": "select flag, string_agg(s, ', ' order by id) as l, string_agg(s, '' order by s desc, id) as m"
    " from raw.t group by flag",
    "ranks": "select id, row_number() over (order by x desc, id) as n, rank() over (order by s) as r,"
    " dense_rank() over (order by s desc) as dr, ntile(3) over (order by id) as t,"
    " percent_rank() over (order by x) as pr, cume_dist() over (order by x) as cd from raw.t",
    "neighbours": "select id, lag(i) over (order by id) as b, lead(d, 2) over (order by id) as a,"
    " lag(s, 1, 'none') over (partition by flag order by id) as c,"
    " first_value(x) over (order by id) as f, last_value(x) over (order by id) as l,"
    " last_value(i ignore nulls) over (order by id rows between unbounded preceding and current row) as k,"
    " first_value(i ignore nulls) over (order by id desc) as g from raw.t",
    "frames": "select id, sum(d) over (order by id rows between 1 preceding and 1 following) as s,"
    " count(*) over (order by i range between 1 preceding and current row) as r,"
    " sum(x) over (partition by flag) as p, max(day) over w as m, min(id) over (w rows unbounded preceding)"
    " as n, count(*) over () as everything from raw.t window w as (partition by flag order by id)",
    "null_order": "select id, row_number() over (order by i, id) as a, row_number() over (order by i desc, id)"
    " as b, row_number() over (order by i nulls first, id desc) as c from raw.t",
    "qualified": "select s, id, lead(day) over (partition by s order by id) as next from raw.t"
    " qualify next > day or next is null",
    "qualified_groups": "select flag, count(*) as n from raw.t group by flag"
    " qualify row_number() over (order by count(*) desc, flag nulls last) <= 2",
    "qualified_distinct": "select distinct s from raw.t qualify row_number() over (partition by s order by id) < 3",
    "ratios_of_no_partner": "select a.id, a.i / nullif(b.i, 0) as r, cast(a.d / nullif(cast(b.d as"
    " double), 0) as decimal(18, 4)) as q from raw.t as a left join raw.t as b on a.id = b.id + 1"
    " and b.flag",
    "joins": "select a.id, b.id as other, c.n from raw.t as a left join raw.t as b on a.i = b.i and a.id < b.id"
    " inner join (values (1, 'one'), (2, 'two'), (7, null)) as c(id, n) on c.id = a.id",
    "full_joins": "select coalesce(a.id, b.id) as id, a.s, b.d from (select * from raw.t where i > 1) as a"
    " full join (select * from raw.t where flag) as b on a.id = b.id",
    "joined_using": "select s, a.i, b.d from raw.t as a full join raw.t as b using (id, s) right join"
    " (select s, id from raw.t where flag) as c using (s)",
    "semi_joins": "select id from raw.t as a semi join (select i from raw.t where flag) as b on a.i = b.i",
    "anti_joins": "select id from raw.t as a anti join (select i from raw.t where flag) as b on a.i = b.i",
    "cross_joins": "select a.id, b.n from raw.t as a cross join (values (1), (2)) as b(n) where b.n <= a.i",
    "existing": "select id from raw.t as a where exists (select 1 from raw.t as b where b.i = a.i and b.id > a.id)"
    " and id in (select id from raw.t where i > 0)",
    "scalar_queries": "select id, (select max(i) from raw.t) as top from raw.t",
    "unions": "select i as n, s from raw.t union all select big, p from raw.t union select 1, 'x'",
    "except_intersect": "(select s from raw.t except select 'apple') union all"
    " (select s from raw.t intersect select p from raw.t)",
    "ctes": "with a as (select * exclude (j) from raw.t), b as (with a as (select id + 1 as id from a)"
    " select id from a) select b.id, a.s from b inner join a on a.id = b.id",
    "grouping_sets": "select flag, s, count(*) as n from raw.t where flag is not null and s is not null"
    " group by grouping sets ((flag, s), (flag), ())",
    "cubes": "select flag, i, count(*) as n from raw.t where flag is not null and i is not null"
    " group by cube (flag, i)",
    "rollups": "select flag, i, sum(d) as n from raw.t where flag is not null and i is not null"
    " group by rollup (flag, i)",
    "grouped_by_all": "select flag, s || 'x' as t, count(*) + max(i) as n, 1 as one from raw.t group by all",
    "limited_to_none": "select * from (select id, s from raw.t) as q limit 0",
    "limited": "select id, x from raw.t order by x desc nulls last, id limit 3 offset 1",
    "day_series": "with s as (select id, unnest(generate_series(day, other, interval 1 day)) as began from raw.t"
    " where id in (1, 3, 5)) select id, cast(began as date) as day from s",
    "month_series": "with s as (select id, unnest(generate_series(cast(date_trunc('month', day) as date),"
    " other, interval 1 month)) as began from raw.t) select id, began from s",
    "quarter_series": "with s as (select unnest(generate_series(cast('2023-01-01' as date),"
    " cast('2024-06-30' as date), interval 1 quarter)) as began) select began from s",
    "week_series": "with s as (select unnest(generate_series(cast('2024-01-01' as date),"
    " cast('2024-02-01' as date), interval 1 week)) as began) select began from s",
    "bounded_recursion": "with recursive r as (select id, i, 0 as step from raw.t where i is not null union all"
    " select id, i + 1 as i, step + 1 as step from r where step < 4 and i < 3) select * from r",
    "salted": "select id, sha256(getvariable('salt') || s) as h from raw.t",
}


def _scalar(expressions: str) -> str:
    named = ", ".join(f"{each} as v{index}" for index, each in enumerate(_split(expressions)))
    return f"select id, {named} from raw.t"


def _split(expressions: str) -> list[str]:
    """At commas outside of parentheses and quotes."""
    parts, depth, quoted = [""], 0, False
    for letter in expressions:
        quoted ^= letter == "'"
        depth += (letter == "(") - (letter == ")") if not quoted else 0
        if letter == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


PAIRS = {
    **{name: _scalar(expressions) for name, expressions in _SCALARS.items() if name != "json"},
    **_QUERIES,
}
SALT = "the salt of the pairs"
