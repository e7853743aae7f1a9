"""The quick look at SQL never says other tables than the parser; it may say nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention_pipeline.scan import tables_named
from retention_pipeline.sql import analyze
from tests.sample import compiled

PLAIN = [
    "select 1",
    "select * from a",
    'select * from "s"."a" as x inner join b on x.i = b.i left join s.c using (i, j) where x.k in (1, 2)',
    "with a as (select * from a), b as (select * from a) select * from b",
    "with a as (with b as (select 1) select * from b) select * from b",
    "select * from (select * from a) as x where exists (select 1 from b where b.i = x.i)",
    "select count(*) filter (where x > 1), max(y) over (partition by z order by w) from a",
    "select * from a union all (select * from b) order by 1, 2",
    "select * from range(10) as t(i) cross join a",
    "select 'from evil' as \"from worse\" -- from comment\nfrom a",
    "with a as materialized (select 1), b as not materialized (select 2) select * from a join b on true",
    "select date '2024-01-01' as d from a",
    "values (1, 2)",
    "select x is distinct from y from a where x is not distinct from z",
    "with recursive a as (select 1 as i union all select i + 1 from a) select * from a join b on true",
    "with recursive a as (select * from c), b as (select * from a) select * from b",
    "select unnest(range(3)) as i from a",
]
UNCERTAIN = [
    "",
    "-- nothing",
    "select * from a, b",
    "select * from (a join b on true)",
    "select extract(year from x) from a",
    "select distinct from a",
    "select * from unnest([1])",
    "with recursive a(i) as (select 1) select * from a",
    "with a as (select 1 as recursive) select * from a",
    "from a select x",
    "select * from 'file.csv'",
    "select * from a /* , b */",
    "select $$ from b $$ from a",
    "select e'\\' from b' from a",
    "pivot a on x using sum(y)",
    "select * from (pivot a on x using sum(y))",
    "with a(x) as (select 1) select * from a",
    "select * from a.b.c",
    "select [x for x in list] from a, c",
    "select * from lateral (select 1)",
    "select (select 1 from a",
    "select 1 as from from a",
    "select * . from a",
]


@pytest.mark.parametrize("sql", PLAIN)
def test_plain_sql_is_read_as_the_parser_reads_it(sql: str) -> None:
    found = tables_named(sql)
    assert found is not None
    assert found == {(t.schema, t.name) for t in analyze(sql).tables or ()}


@pytest.mark.parametrize("sql", UNCERTAIN)
def test_what_is_not_plain_is_left_to_the_parser(sql: str) -> None:
    assert tables_named(sql) is None


def test_it_agrees_with_the_parser_on_every_model_and_reads_most() -> None:
    read = 0
    for model in compiled().models.values():
        found = tables_named(model.sql)
        if found is not None:
            read += 1
            assert found == {(t.schema, t.name) for t in analyze(model.sql).tables or ()}
    assert read == len(compiled().models)  # a build of ours needs no parser


def test_a_word_that_must_not_be_read_is_for_the_parser_unless_it_is_a_comment_or_text() -> None:
    found = frozenset({("", "a")})
    for sql in ("-- today\nselect 1 from a", "select 'today' as x from a", 'select "today" from a'):
        assert tables_named(sql, frozenset({"today"})) == found
    assert tables_named("select Today() from a", frozenset({"today"})) is None


WORDS = (
    "select from join on with recursive is not distinct unnest as a b s . , ( ) * 1 x where union"
    " all in 'b' \"a\" values"
)


@given(st.lists(st.sampled_from(WORDS.split()), max_size=14).map(" ".join))
def test_it_never_contradicts_the_parser(sql: str) -> None:
    found = tables_named(sql)
    parsed = analyze(sql).tables
    if found is not None and parsed is not None:
        assert found == {(t.schema, t.name) for t in parsed}
