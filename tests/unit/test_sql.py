import pytest
from sqlglot.errors import SqlglotError

from retention_pipeline.sql import analyze, to_spark


def tables(sql: str) -> set[str]:
    found = analyze(sql).tables
    assert found is not None
    return {f"{t.schema}.{t.name}" if t.schema else t.name for t in found}


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select 1", set()),
        ("select * from a.b", {"a.b"}),
        ("with a as (select 1) select * from a", set()),
        ("with a as (select * from a) select * from a", {"a"}),
        ("with a as (select 1), b as (select * from a) select * from b", set()),
        ("with b as (select * from a), a as (select 1) select * from b", {"a"}),
        ("with recursive a as (select 1 union all select * from a) select * from a", set()),
        ("select * from (with a as (select 1) select * from a) join a using (x)", {"a"}),
        ("select (with a as (select 1) select * from a)", set()),
        ("select * from range(3)", set()),
        ("select * from x union all (select * from y)", {"x", "y"}),
        ("select * from A.b where exists (select 1 from C)", {"A.b", "C"}),
    ],
)
def test_tables_are_not_ctes(sql: str, names: set[str]) -> None:
    assert tables(sql) == names


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("select\nnow()", 2),
        ("select current_date", 1),
        ("select 1 where x <\n\n current_timestamp", 3),
        ("select today()", 1),
    ],
)
def test_clocks_are_found(sql: str, line: int) -> None:
    (clock,) = analyze(sql).clocks
    assert clock.line == line


@pytest.mark.parametrize(
    "sql",
    ["select 'now()'", "select \"current_date\"", "select a.today", "select 1 as now", "-- now()\nselect now"],
)  # fmt: skip
def test_words_that_are_no_clock(sql: str) -> None:
    assert analyze(sql).clocks == ()


def test_what_cannot_be_parsed_is_said() -> None:
    analysis = analyze("select from from from")
    assert analysis.tables is None
    assert analysis.problem


def test_spark() -> None:
    assert (
        to_spark("select cast(a as varchar) as b from t") == "SELECT CAST(a AS STRING) AS b FROM t"
    )
    with pytest.raises(SqlglotError):
        to_spark("select regexp_extract(a, 'x', 1, 'i') from t")
