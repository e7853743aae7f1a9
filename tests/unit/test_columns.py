"""Which columns a query reads and what each of its own comes from, by hand; what is refused."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from retention_pipeline.columns import Flow, OpaqueQuery, flow

TABLES = {("s", "t"): ("a", "b", "c", "l"), ("s", "u"): ("a", "d", "e"), ("s", "w"): ("st", "x")}


def columns_of(schema: str, name: str) -> Sequence[str] | None:
    return TABLES.get((schema, name))


def read(sql: str) -> Flow:
    return flow(sql, columns_of)


def shown(found: Flow) -> str:
    """'t.a u.' for column a of t and the number of rows of u."""
    return " ".join(sorted(f"{leaf.table}.{leaf.column}" for leaf in found.reads()))


@pytest.mark.parametrize(
    ("sql", "reads"),
    [
        ("select 1 as x", ""),
        ("select count(*) as n from s.t", "t."),
        ("select a from s.t", "t. t.a"),
        ("select A as x from S.T as q", "t. t.a"),
        ('select "A" from s.t', "t. t.a"),
        ("select a from s.t where b > 0", "t. t.a t.b"),
        ("select a from s.t group by 1 having max(c) > 1", "t. t.a t.c"),
        ("select a from s.t group by all", "t. t.a"),
        ("select a, sum(b) as b from s.t group by a order by c", "t. t.a t.b t.c"),
        ("select a from s.t order by all", "t. t.a"),
        ("select a from s.t qualify row_number() over (partition by b order by c) = 1", "t. t.a t.b t.c"),
        ("select sum(a) over w as x from s.t window w as (partition by b)", "t. t.a t.b"),
        ("select count(*) filter (where b) as n from s.t", "t. t.b"),
        ("select distinct a from s.t", "t. t.a"),
        ("select distinct on (b) a from s.t order by c", "t. t.a t.b t.c"),
        ("select a from s.t limit 3", "t. t.a"),
        # stars: the names of the columns decide what the result looks like
        ("select * from s.u", "u. u.* u.a u.d u.e"),
        ("select * exclude (a) from s.u", "u. u.* u.d u.e"),
        ("select * replace (1 as a) from s.u", "u. u.* u.d u.e"),
        ("select u.*, b from s.t cross join s.u", "t. t.b u. u.* u.a u.d u.e"),
        ("with q as (select * from s.t) select a from q", "t. t.a"),
        ("select a from (select * from s.t) as q", "t. t.a"),
        ("select x from (select * from s.u) as q(x)", "u. u.* u.a"),
        ("select a from (select * from s.u union all select * from s.u)", "u. u.* u.a"),
        ("select a from s.t where exists (select * from s.u)", "t. t.a u. u.* u.a u.d u.e"),
        ("from s.u", "u. u.* u.a u.d u.e"),
        # CTEs
        ("with q as (select * from s.t), z as (select * from s.u) select a from q", "t. t.a"),
        ("with q as (select a from s.t), t as (select a from q) select * from t", "t. t.a"),
        ("with q(x, y) as (select a, b from s.t) select y from q", "t. t.b"),
        ("with q as (with r as (select a, b from s.t) select a from r) select a from q", "t. t.a"),
        (
            "with recursive r as (select a, 1 as n from s.t where c"
            " union all select a, n + 1 from r join s.u using (a) where n < 3) select n from r",
            "t. t.a t.c u. u.a",
        ),
        # joins
        ("select e from s.t join s.u on t.a = u.d", "t. t.a u. u.d u.e"),
        ("select e from s.t left join s.u using (a)", "t. t.a u. u.a u.e"),
        ("select a from s.t full join s.u using (a)", "t. t.a u. u.a"),
        ("select b from s.t semi join s.u on t.a = u.a", "t. t.a t.b u. u.a"),
        ("select b from s.t anti join s.u using (a)", "t. t.a t.b u. u.a"),
        ("select b from s.t asof join s.u on t.a >= u.a", "t. t.a t.b u. u.a"),
        ("select b from s.t, s.u", "t. t.b u."),
        ("select b from (s.t join s.u using (a))", "t. t.a t.b u. u.a"),
        ("select b, y from s.t, lateral (select e + c as y from s.u) as q", "t. t.b t.c u. u.e"),
        # unions
        ("select a from s.t union all select d from s.u", "t. t.a u. u.d"),
        ("select a from (select a, b from s.t union all select d, e from s.u)", "t. t.a u. u.d"),
        ("select a from (select a, b from s.t union select d, e from s.u)", "t. t.a t.b u. u.d u.e"),
        ("select a from (select a, b from s.t except select d, e from s.u)", "t. t.a t.b u. u.d u.e"),
        ("(select a from s.t) union all (select d from s.u)", "t. t.a u. u.d"),
        # subqueries, some of which name the query around them
        ("select (select max(d) from s.u) as x from s.t", "t. u. u.d"),
        ("select (select max(d) from s.u where e = b) as x from s.t", "t. t.b u. u.d u.e"),
        ("select a from s.t where b in (select d from s.u where e = c)", "t. t.a t.b t.c u. u.d u.e"),
        # aliases that other expressions name
        ("select a as x, x + 1 as y from s.t", "t. t.a"),
        ("select a + 1 as b, b as x from s.t", "t. t.a t.b"),
        ("select a as z from s.t where z > 1", "t. t.a"),
        # tables that are none, structs, lists
        ("select n from range(3) as r(n)", ""),
        ("select b, n from s.t, unnest(l) as r(n)", "t. t.b t.l"),
        ("select a, unnest(l) as x from s.t", "t. t.a t.l"),
        ("select x from (values (1, 2), (3, 4)) as v(x, y)", ""),
        ("select w.st.deep, st.deep as f from s.w", "w. w.st"),
        ("select list_transform(l, lambda z: z + a) as x from s.t", "t. t.a t.l"),
        # a word that the parser knows as something else
        ("select a, E'\\'' || b as x from s.t", "t. t.a t.b"),
    ],
)  # fmt: skip
def test_reads(sql: str, reads: str) -> None:
    assert shown(read(sql)) == reads


@pytest.mark.parametrize(
    "sql",
    [
        "select from from from",
        "select columns('a.*') from s.t",
        "select * like 'a%' from s.t",
        "select * rename (a as x) from s.t",
        "select t from s.t",
        "select hash(t) as h from s.t",
        "select struct_pack(t.*) as x from s.t",
        "select count(t.*) as x from s.t",
        "select list(*) as x from s.t",
        "select #1 from s.t",
        "select $1 as x from s.t",
        "select nothing from s.t",
        "select t.nothing from s.t",
        "select rowid from s.t",
        "select * from s.unknown",
        "select * from unknown",
        "select * from other.s.t",
        "select a from 'file.csv'",
        "select a from read_csv('x.csv')",
        "select a from query_table('t')",
        "select n from range(3)",
        "select * from s.t natural join s.u",
        "select * from s.t positional join s.u",
        "select * from s.t union by name select * from s.u",
        "select a from s.t union all select a, d from s.u",
        "select a from s.t using sample 3",
        "select a from s.t tablesample 10%",
        "select x from s.t as q(x, y, z, l, m)",
        "select a from (s.t join s.u using (a)) as j",
        "pivot s.t on a using sum(b)",
        "select * from s.t pivot (sum(b) for a in (1))",
        "summarize s.t",
        "describe s.t",
        "create table x as select a from s.t",
        "select a from s.t order by 7",
        "select a from s.t limit 10%",
    ],
)
def test_what_is_not_certain_is_refused(sql: str) -> None:
    with pytest.raises(OpaqueQuery):
        read(sql)


@pytest.mark.parametrize(
    ("sql", "ways"),
    [
        ("select a as x from s.t", {"a": "copy"}),
        ("select cast((a) as varchar) as x from s.t", {"a": "copy"}),
        ("select case when b then a end as x from s.t", {"a": "copy", "b": "decides"}),
        ("select case b when 1 then a else c end as x from s.t", {"a": "copy", "b": "decides", "c": "copy"}),
        ("select max(a) filter (where b) as x from s.t", {"a": "copy", "b": "decides"}),
        ("select lag(a) over (partition by b order by c) as x from s.t",
         {"a": "copy", "b": "decides", "c": "decides"}),
        ("select a is null as x from s.t", {"a": "decides"}),
        ("select sha256(lower(trim(a))) as x from s.t", {"a": "lower sha256 trim"}),
        ("with q as (select sha256(a) as h, a from s.t) select h as x from q", {"a": "sha256"}),
        ("with q as (select sha256(a) as h, a from s.t) select h || a as x from q", {"a": "dpipe"}),
        ("with q as (select lower(a) as p from s.t) select md5(p) as x from q", {"a": "lower md5"}),
        ("select md5(a) as x from s.t union all select a from s.t", {"a": "copy"}),
        ("select a as x from s.t union all select md5(a) from s.t", {"a": "copy"}),
        ("select md5(a) as x from s.t union all select md5(lower(a)) from s.t", {"a": "md5"}),
        ("select case when md5(a) = 'x' then 1 end as x from s.t", {"a": "decides"}),
        ("select my_macro(a) as x from s.t", {"a": "my_macro"}),
    ],
)  # fmt: skip
def test_ways(sql: str, ways: dict[str, str]) -> None:
    (column,) = read(sql).columns
    assert column.name == "x"
    found = {
        leaf.column: (" ".join(sorted(way.through)) or "copy") if way.carries else "decides"
        for leaf, way in column.ways.items()
    }
    assert found == ways


def test_expressions_are_told_from_the_last_to_the_first() -> None:
    sql = "with q as (select lower(a) as p from s.t) select md5(p) as x, a from q, s.u"
    first, second = read(sql).columns
    assert first.expressions() == ("MD5(p)", "LOWER(a)")
    assert second.expressions() == ()
