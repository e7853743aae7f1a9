"""The quick look at SQL never says other tables than the parser; it may say nothing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention_pipeline.api import Options, compile_
from retention_pipeline.scan import tables_named
from retention_pipeline.sql import analyze
from tests.conftest import CHECKOUT

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
]
UNCERTAIN = [
    "",
    "-- nothing",
    "select * from a, b",
    "select * from (a join b on true)",
    "select extract(year from x) from a",
    "select x is distinct from y from a",
    "from a select x",
    "select * from 'file.csv'",
    "with recursive a as (select 1 union all select * from a) select * from a",
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
    compiled = compile_(Options(project_dir=Path(CHECKOUT), environ={}))
    read = 0
    for model in compiled.models.values():
        found = tables_named(model.sql)
        if found is not None:
            read += 1
            assert found == {(t.schema, t.name) for t in analyze(model.sql).tables or ()}
    assert read > 0.8 * len(compiled.models)


WORDS = (
    "select from join on with as a b s . , ( ) * 1 x where union all in distinct 'b' \"a\" values"
)


@given(st.lists(st.sampled_from(WORDS.split()), max_size=14).map(" ".join))
def test_it_never_contradicts_the_parser(sql: str) -> None:
    found = tables_named(sql)
    parsed = analyze(sql).tables
    if found is not None and parsed is not None:
        assert found == {(t.schema, t.name) for t in parsed}
