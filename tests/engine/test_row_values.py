"""Values read here are the values that DuckDB's casts give."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.row_sql import values_query
from retention_pipeline.row_values import plain_rows

KINDS = [
    "varchar",
    "boolean",
    "tinyint",
    "smallint",
    "integer",
    "bigint",
    "double",
    "date",
    "timestamp",
]
KINDS += [
    "decimal(18,4)",
    "decimal(4,2)",
    "decimal(38,10)",
    "decimal(9,0)",
    "hugeint",
    "interval",
    "json",
]
numbers = st.one_of(
    st.integers(-(2**64), 2**64),
    st.floats(allow_nan=False),
    st.decimals(-1000, 1000, places=3).map(str),
    st.from_regex(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", fullmatch=True),
)
moments = st.one_of(
    st.dates(datetime.date(1, 1, 1)).map(str),
    st.datetimes().map(str),
    st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}:[0-9]{2})?", fullmatch=True),
)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
odd = st.sampled_from(
    [
        "",
        " 1",
        "1 ",
        "+1",
        "1_0",
        ".5",
        "5.",
        "1e3",
        "\u0661",
        "nan",
        "TRUE",
        "t",
        "-0",
        "-0.0",
        "007",
    ]
)
values = st.one_of(st.none(), st.booleans(), numbers, moments, texts, odd)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(":memory:", {"threads": 1}) as opened:
        yield opened


@given(st.sampled_from(KINDS), st.lists(values, min_size=1, max_size=12))
def test_every_value_is_what_the_cast_gives(engine: Engine, kind: str, given_: list[Any]) -> None:
    for value in given_:
        rows = [{"x": value}]
        plain = plain_rows({"x": kind}, rows)
        if plain is None:
            continue
        found = engine.query(values_query({"x": kind}, rows))
        assert plain == found, (kind, value)
        assert [type(v) for v in plain[0]] == [type(v) for v in found[0]]
        assert str(plain) == str(found)  # a diff shows them so


def test_what_the_cast_refuses_is_not_read_here(engine: Engine) -> None:
    for kind, text in [("date", "2024-02-30"), ("tinyint", "128"), ("decimal(4,2)", "100.00")]:
        with pytest.raises(EngineFault):
            engine.query(values_query({"x": kind}, [{"x": text}]))
        assert plain_rows({"x": kind}, [{"x": text}]) is None


def test_what_is_common_needs_no_database() -> None:
    types = {
        "id": "varchar",
        "n": "bigint",
        "sum": "decimal(18,4)",
        "rate": "double",
        "day": "date",
    }
    rows: list[dict[str, Any]] = [
        {"id": "a", "n": 3, "sum": "12.5", "rate": 0.25, "day": "2024-01-31"},
        {"n": None},
    ]
    assert plain_rows(types, rows) is not None
