"""Any table written as CSV, Parquet or JSON lines is loaded as it was."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retention_pipeline.inputs import Format, InputColumn, InputContract, Origin
from retention_pipeline.inputs.loading import load
from tests.inputs.conftest import Row, rows

COLUMNS = (
    ("id", "varchar"),
    ("note", "varchar"),
    ("amount", "decimal(18,4)"),
    ("size", "bigint"),
    ("rate", "double"),
    ("is_on", "boolean"),
    ("day", "date"),
    ("at", "timestamp"),
)
NAMES = [name for name, _ in COLUMNS]
CONTRACT = InputContract(
    "raw", "t", "raw", "t", tuple(InputColumn(name, kind) for name, kind in COLUMNS)
)
# Edge blanks are cut and the empty text is no value, by design: they are not drawn.
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12
).filter(lambda text: text.strip(" \t\n\r\f\v\u00a0\ufeff") == text)
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))  # noqa: DTZ001
ROWS = st.lists(
    st.tuples(
        TEXTS,
        st.none() | TEXTS,
        st.none() | st.decimals(-99_999_999_999, 99_999_999_999, places=4),
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        st.none() | st.booleans(),
        st.none() | st.dates(min_value=datetime(1000, 1, 1).date()),  # noqa: DTZ001
        st.none() | MOMENTS,
    ),
    max_size=8,
)
INDIA = timezone(timedelta(hours=5, minutes=30))
MANY = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def loaded(duck: duckdb.DuckDBPyConnection, path: Path, kind: Format) -> list[Row]:
    report = load(duck, CONTRACT, Origin((path,), kind))
    found = rows(duck, "from raw.t")
    assert report.rows_loaded == len(found)
    return found


def as_text(value: Any, offset: int) -> Any:
    """Timestamps as ISO text, some in UTC, some with an offset; the rest as Python writes it."""
    if isinstance(value, datetime):
        if offset == 0:
            return value.isoformat(sep=" ")
        there = value.replace(tzinfo=UTC).astimezone(INDIA if offset == 1 else UTC)
        return there.isoformat()
    return value


def shifted(values: Sequence[Row]) -> list[list[Any]]:
    return [[as_text(value, i % 3) for value in row] for i, row in enumerate(values)]


@MANY
@given(ROWS, st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]))
def test_csv(
    duck: duckdb.DuckDBPyConnection, values: list[Row], delimiter: str, line_end: str
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(
                stream, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL
            )
            writer.writerow(NAMES)
            writer.writerows(shifted(values))
        assert loaded(duck, path, Format.CSV) == values


@MANY
@given(ROWS)
def test_json_lines(duck: duckdb.DuckDBPyConnection, values: list[Row]) -> None:
    def plain(value: Any) -> Any:
        if isinstance(value, Decimal):
            return float(value)
        return value if isinstance(value, str | int | float | bool | None) else str(value)

    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.ndjson"
        path.write_text(
            "".join(
                json.dumps({n: plain(v) for n, v in zip(NAMES, row, strict=True) if v is not None})
                + "\n"
                for row in shifted(values)
            ),
            encoding="utf-8",
        )
        if {name for row in values for name, v in zip(NAMES, row, strict=True) if v is not None}:
            assert loaded(duck, path, Format.NDJSON) == values


@MANY
@given(ROWS)
def test_parquet(duck: duckdb.DuckDBPyConnection, values: list[Row]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.parquet"
        kinds = ", ".join(f'"{name}" {kind}' for name, kind in reversed(COLUMNS))
        duck.execute(f"create or replace temp table t ({kinds})")
        marks = ", ".join("?" * len(COLUMNS))
        for row in values:
            duck.execute(f"insert into t values ({marks})", list(reversed(row)))
        duck.execute(f"copy t to '{path}' (format parquet)")
        assert loaded(duck, path, Format.PARQUET) == values


def test_the_order_of_rows_and_files_does_not_matter(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    start = datetime(2024, 1, 1)  # noqa: DTZ001
    lines = [f"a{i},{start + timedelta(hours=i)}" for i in range(40)]
    tables: list[list[Row]] = []
    for step in (1, -1):
        paths = []
        for part in (0, 1):
            paths.append(tmp_path / f"{step}{part}.csv")
            paths[-1].write_text("id,at\n" + "\n".join(lines[part::2][::step]) + "\n")
        load(con, CONTRACT, Origin(tuple(paths[::step]), Format.CSV))
        tables.append(rows(con, "from raw.t order by all"))
    assert tables[0] == tables[1]
    assert len(tables[0]) == 40
