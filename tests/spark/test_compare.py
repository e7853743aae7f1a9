"""When are two results the same?"""

from __future__ import annotations

import pytest

from retention_pipeline.engine import Engine
from retention_pipeline.engines.compare import difference


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("values (1, 'a'), (2, 'b')", "values (2, 'b'), (1, 'a')", None),
        ("values (1, 'a')", "values (1, 'b')", "c1: 1 values differ, as a became b"),
        ("values (1, null)", "values (1, null)", None),
        ("values (1), (1)", "values (1)", "2 rows became 1"),
        ("select 1 as a", "select 1 as b", "columns a became b"),
        ("select 1 as a", "select 1::bigint as a", "a integer became bigint"),
        # a double to 1e-9 of its size, a decimal exactly
        ("select 1e0 as a", "select 1.0000000005e0 as a", None),
        ("select 1e0 as a", "select 1.000000002e0 as a", "a: 1 values differ"),
        ("select 1e-20 as a", "select 2e-20 as a", "a: 1 values differ"),
        (
            "select 1.0001::decimal(18, 4) as a",
            "select 1.0002::decimal(18, 4) as a",
            "a: 1 values differ",
        ),
        ("select 'nan'::double as a", "select 'nan'::double as a", None),
        ("select 'inf'::double as a", "select 1e300 as a", "a: 1 values differ"),
        ("select null::double as a", "select 0e0 as a", "a: 1 values differ"),
        # rows that differ in a double only by rounding may stand either way
        (
            "values (1e0, 'x'), (1e0, 'y')",
            "values (1.0000000001e0, 'x'), (0.9999999999e0, 'y')",
            None,
        ),
    ],
)
def test_a_difference_is_told(one: str, other: str, told: str | None) -> None:
    with Engine(":memory:") as scratch:
        tables = [
            scratch.cursor.sql(sql if sql.startswith("select") else _named(sql)).to_arrow_table()
            for sql in (one, other)
        ]
        found = difference(scratch, tables[0], tables[1])
    assert (found or "").startswith(told or "")
    assert (found is None) == (told is None)


def _named(values: str) -> str:
    width = values.split(")")[0].count(",") + 1
    names = ", ".join(f"c{index}" for index in range(width))
    return f"select * from ({values}) as given({names})"
