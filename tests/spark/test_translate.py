"""The translation itself, without a server: what it refuses, on which line, and what to write."""

from __future__ import annotations

import time
from functools import cache
from typing import Any, cast

import pytest
import sqlglot
from sqlglot import exp

from retention_pipeline.engine import Engine
from retention_pipeline.engines.spark.rewrites.casts import spark_type
from retention_pipeline.engines.spark.translate import RULES, Translator
from retention_pipeline.engines.spark.versions import SparkEngine
from retention_pipeline.engines.spark.walk import Refused
from retention_pipeline.nodes import Relation
from tests.spark.pairs import PAIRS, ROWS, SALT

COLUMNS = {
    "id": "integer",
    "i": "integer",
    "big": "bigint",
    "d": "decimal(18,4)",
    "rate": "decimal(18,8)",
    "x": "double",
    "y": "double",
    "s": "varchar",
    "p": "varchar",
    "day": "date",
    "other": "date",
    "began": "timestamp",
    "ended": "timestamp",
    "flag": "boolean",
    "j": "varchar",
}


@cache
def translator() -> Translator:
    return Translator({("raw", "t"): COLUMNS})


def spark(expression: str) -> str:
    """One expression over raw.t, translated."""
    text = translator().translate(f"select {expression} as v from raw.t").text()
    return (
        text.removeprefix("SELECT ")
        .removesuffix(" AS `v` FROM `raw`.`t` AS `t`")
        .replace("`t`.", "")
    )


def refused(sql: str) -> Refused:
    with pytest.raises(Refused) as found:
        translator().translate(sql)
    return found.value


@pytest.mark.parametrize("name", PAIRS)
def test_every_pair_is_translated_and_is_spark_sql(name: str) -> None:
    text = translator().translate(PAIRS[name]).text()
    assert sqlglot.parse_one(text, read="spark") is not None


def test_every_pair_runs_on_duckdb_with_the_types_that_are_assumed() -> None:
    with Engine(":memory:", variables={"salt": SALT}) as duck:
        duck.query("create schema raw")
        duck.query(f"create table raw.t as {ROWS}")
        assert duck.columns(Relation("raw", "t")) == COLUMNS
        for sql in PAIRS.values():
            duck.query(sql)


def test_every_rule_has_its_pair() -> None:
    seen = {
        type(node)
        for sql in PAIRS.values()
        for node in translator()._typed(sql).walk()  # noqa: SLF001 - what the rules are given
    }
    unseen = {rule.__name__ for rule in RULES if rule not in seen}
    assert unseen <= {"DateTrunc", "Stddev"}


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        # a day plus whole days is a day; plus an interval DuckDB makes an instant of it
        ("day + 7", "DATE_ADD(day, 7)"),
        ("day + interval 1 month", "CAST(ADD_MONTHS(day, 1) AS TIMESTAMP_NTZ)"),
        # DuckDB divides doubles
        ("i / 3", "CAST(i AS DOUBLE) / CAST(3 AS DOUBLE)"),
        # DuckDB rounds a decimal that becomes whole, Spark cuts it off
        ("cast(d as bigint)", "CAST(ROUND(d, 0) AS BIGINT)"),
        # DuckDB puts NULLs last whatever the direction
        ("row_number() over (order by i desc)", "ROW_NUMBER() OVER (ORDER BY i DESC)"),
        ("row_number() over (order by i)", "ROW_NUMBER() OVER (ORDER BY i NULLS LAST)"),
        ("s like 'a\\%'", "s LIKE 'a\\\\\\\\%'"),
        ("sha256(s)", "SHA2(s, 256)"),
        ("error('no')", "RAISE_ERROR('no')"),
    ],
)
def test_an_expression_becomes(expression: str, wanted: str) -> None:
    assert spark(expression).replace("`", "") == wanted


@pytest.mark.parametrize(
    ("expression", "said", "fix"),
    [
        ("i // 2", "intdiv", "floor(a / nullif(b, 0))"),
        ("ended - began", "sub of a timestamp and a timestamp", "date_diff('day', a, b)"),
        ("cast(x as varchar)", "a double as text", "cast it to a decimal first"),
        ("x || s", "|| with a double", "cast it to a decimal first"),
        ("date_diff('week', day, other)", "date_diff('week')", "date_diff('day', a, b) / 7"),
        ("list(i)", "array_agg", "string_agg"),
        ("strftime(day, '%j')", "strftime with '%j'", "only %Y %m %d"),
        ("regexp_replace(s, 'a', 'b')", "without 'g'", "'g'"),
        ("regexp_matches(s, '(?i)a')", "the regular expression '(?i)a'", "classes"),
        ("regexp_matches(s, p)", "no literal", "literal"),
        ("row_number() over ()", "without an order", "unique key"),
        ("string_agg(s, ',')", "without an order", "order by"),
        ("case when flag then i else s end", "case of an integer and text", "cast all"),
        ("s = i", "a text is compared with an integer", "cast it"),
        ("day > s", "a text is compared with a date", "cast it"),
        ("left(s, i)", "no literal", "left(x, 3)"),
        ("cast(s as timestamp)", "a timestamp_ntz of text", "staging"),
        ("cast(day as integer)", "a number of a date", "epoch()"),
        ("count(distinct i) over ()", "count(distinct) over", "CTE"),
        ("began at time zone 'Asia/Tokyo' at time zone 'Europe/Berlin'", "to another", "'UTC'"),
        ("gamma(x)", "gamma", "portable subset"),
        ("some_function(x)", "some_function() has no translation", "portable subset"),
        ("count(distinct (i, s))", "count(distinct) of several", "CTE"),
        ("avg(i) over ()", "avg() over of an integer", "avg(cast(x as double))"),
        (
            "sum(x) over (order by day range between interval 1 day preceding and current row)",
            "frame",
            "rows",
        ),
    ],
)
def test_what_is_not_known_to_be_right_is_refused(expression: str, said: str, fix: str) -> None:
    error = refused(f"select\n    {expression} as v\nfrom raw.t")
    assert said in error.message.lower() or said in error.message
    assert fix in error.fix
    assert error.line == 2


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select * from raw.t limit 3", "limit without an order"),
        # '05' would become 5: Spark makes a number of the text, DuckDB a text of the number
        ("select i from raw.t union all select s from raw.t", "union of an integer and text"),
        ("select id from raw.t where i in (select s from raw.t)", "in of an integer and text"),
        ("select if(flag, i, s) as v from raw.t", "case of an integer and text"),
        ("select sum(i) filter (where flag) over () as v from raw.t", "a filter over a window"),
        ("select median(d) as v from raw.t", "a quantile of decimals"),
        ("select distinct on (i) i, s from raw.t order by i", "distinct on"),
        ("select * from raw.t as a asof join raw.t as b on a.began >= b.began", "join"),
        ("select * from range(3)", "table"),
        ("select * from read_csv('x.csv')", "table"),
        ("select unnest([1, 2]) as v from raw.t", "unnest()"),
        ("select nope from raw.t", "nope"),
        ("select i from raw.t union all by name select i from raw.t", "by_name"),
        ("select i from raw.t as a, lateral (select a.i + 1 as j) as b", "later"),
        ("pivot raw.t on s using sum(i)", ""),
        ("select unnest(generate_series(began, ended, interval 1 day)) as v from raw.t", "dates"),
    ],
)
def test_queries_that_are_refused(sql: str, said: str) -> None:
    assert said in refused(sql).message.lower()


def test_a_nested_cte_of_the_same_name_stays_inside() -> None:
    """Moved to the top the inner `a` would hide the outer one."""
    sql = "with a as (select 1 as n), b as (with a as (select 2 as n) select n from a) select a.n, b.n as m from a, b"
    text = translator().translate(sql).text().replace("`", "")
    assert text.index("b AS (WITH a AS") > text.index("WITH a AS (SELECT 1")


def test_the_result_has_the_declared_types() -> None:
    text = translator().translate("select sum(i) as n from raw.t", {"n": "hugeint"}).text()
    assert text.startswith("SELECT CAST(`n` AS DECIMAL(38, 0)) AS `n` FROM (")
    with pytest.raises(Refused, match="the columns are n, not m"):
        translator().translate("select i as n from raw.t", {"m": "integer"})


def test_a_column_that_is_taken_for_something_else_is_refused() -> None:
    """The binder's types are the judge of what the rules went by."""
    with pytest.raises(Refused, match="v is understood as a double, DuckDB makes a decimal of it"):
        translator().translate("select x + 1 as v from raw.t", {"v": "decimal(18,4)"})


def test_versions_have_names_of_their_own() -> None:
    done = translator().translate("with t as (select i from raw.t) select i from t")
    assert done.reads == {"raw.t"}
    named = done.text({"raw.t": "`raw`.`t__v2`"})
    assert "FROM `raw`.`t__v2` AS `t`" in named
    assert named.endswith("SELECT `t`.`i` AS `i` FROM `t` AS `t`")


def test_a_version_may_be_a_commit_of_a_table() -> None:
    """What stands for a relation is SQL: `version as of` comes before the alias on Spark."""
    done = translator().translate("select i from raw.t")
    engine = SparkEngine(cast("Any", None), translator(), prefix="shop_")
    text = done.text(engine.names({Relation("raw", "t"): "v01234567_8@2"}))
    assert "FROM `shop_raw`.`t__v01234567_8` version as of 2 AS `t`" in text


def test_a_variable_of_the_session_is_a_parameter() -> None:
    done = translator().translate("select sha256(getvariable('salt') || s) as h from raw.t")
    assert done.parameters == {"salt"}
    assert ":salt" in done.text()


def test_a_recursion_without_a_bound_stays_one() -> None:
    sql = "with recursive r as (select 1 as n union all select n + n as n from r where n < 9) select n from r"
    assert "RECURSIVE" in translator().translate(sql).text()


@pytest.mark.parametrize(
    "step",
    [
        "select n + 1 as n from r where n + 0 < 3",  # no column
        "select n + 1 as n from (select n - 1 as n from r where n < 3) as q",  # something else is passed
        "select r.n + 1 as n from r inner join raw.t on t.i = r.n where t.i < 3",  # another's column
        "select n + 1 as n from r where n < 3 or n > 9",
    ],
)
def test_a_bound_that_is_not_proven_is_no_bound(step: str) -> None:
    sql = f"with recursive r as (select 0 as n union all {step}) select n from r"
    assert "RECURSIVE" in translator().translate(sql).text()


@pytest.mark.parametrize("kind", ["interval", "integer[]", "struct(a integer)", "json", "uinteger"])
def test_types_that_spark_has_not(kind: str) -> None:
    assert spark_type(kind) is None


def test_a_translation_takes_a_few_milliseconds() -> None:
    """Below 20 ms of CPU a query; the whole project's mean is below 10."""
    texts = list(PAIRS.values())
    began = time.process_time()
    for sql in texts:
        translator().translate(sql)
    assert (time.process_time() - began) / len(texts) < 0.06  # a machine that is busy or slow


def test_no_rule_leaves_a_node_of_duckdb_that_spark_prints_otherwise() -> None:
    """What the generator of sqlglot still decides: functions that have no rule never get there."""
    assert exp.Anonymous in RULES
    assert not {exp.Unnest, exp.Lateral, exp.Pivot, exp.ArrayAgg, exp.IntDiv, exp.DateAdd} & set(
        RULES
    )
