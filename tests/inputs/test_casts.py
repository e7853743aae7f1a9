"""What each type takes from text, what it refuses, and the reason it gives."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from retention_pipeline.inputs import BadRowsError, Format, Origin
from retention_pipeline.inputs.loading import load
from tests.inputs.conftest import one_column, rows

GOOD: list[tuple[str, str, object]] = [
    ("varchar", "17850.0", "17850.0"),
    ("varchar", "  a b\t", "a b"),
    ("varchar", "\u00a0é\u00a0", "é"),
    ("varchar", "NULL", "NULL"),
    ("varchar", "", None),
    ("varchar", "   ", None),
    ("bigint", "17850.0", 17850),
    ("bigint", "+5", 5),
    ("bigint", "-9223372036854775808", -9223372036854775808),
    ("integer", " 7 ", 7),
    ("tinyint", "-128", -128),
    ("decimal(18,4)", "1.5", Decimal("1.5000")),
    ("decimal(18,4)", ".5", Decimal("0.5000")),
    ("decimal(18,4)", "-1e2", Decimal("-100.0000")),
    ("decimal(18,4)", "1.23456", Decimal("1.2346")),
    ("decimal(18,4)", "99999999999999.9999", Decimal("99999999999999.9999")),
    ("double", "1e-7", 1e-7),
    ("boolean", "TRUE", True),
    ("boolean", "t", True),
    ("boolean", "Yes", True),
    ("boolean", "1", True),
    ("boolean", "0", False),
    ("boolean", "no", False),
    ("boolean", "F", False),
    ("date", "2024-02-29", date(2024, 2, 29)),
    ("date", "2024/2/9", date(2024, 2, 9)),
    ("date", "2024-02-29 00:00:00", date(2024, 2, 29)),
    ("date", "2024-02-29T00:00:00.000Z", date(2024, 2, 29)),
    ("timestamp", "2024-01-01", datetime(2024, 1, 1)),  # noqa: DTZ001
    ("timestamp", "2024-01-01 10:00", datetime(2024, 1, 1, 10)),  # noqa: DTZ001
    ("timestamp", "2024-01-01T10:00:00", datetime(2024, 1, 1, 10)),  # noqa: DTZ001
    ("timestamp", "2024-01-01T10:00:00Z", datetime(2024, 1, 1, 10)),  # noqa: DTZ001
    ("timestamp", "2024-01-01T10:00Z", datetime(2024, 1, 1, 10)),  # noqa: DTZ001
    ("timestamp", "2024-01-01 10:00:00 UTC", datetime(2024, 1, 1, 10)),  # noqa: DTZ001
    ("timestamp", "2024-01-01T10:00:00+02:00", datetime(2024, 1, 1, 8)),  # noqa: DTZ001
    ("timestamp", "2024-01-01T00:30:00.5+0100", datetime(2023, 12, 31, 23, 30, 0, 500000)),  # noqa: DTZ001
    ("timestamp", "2024-01-01 10:00:00 -0330", datetime(2024, 1, 1, 13, 30)),  # noqa: DTZ001
    ("json", '{"a": [1]}', '{"a": [1]}'),
    ("time", "10:30:00", time(10, 30)),
    ("numeric", "1.5", Decimal("1.500")),
]
BAD: list[tuple[str, str, str]] = [
    ("bigint", "1.5", "is not a whole number"),
    ("bigint", "1_000", "is not a bigint"),
    ("bigint", "0x10", "is not a bigint"),
    ("bigint", "9223372036854775808", "is out of the range of bigint"),
    ("bigint", "1,000", "has thousands separators"),
    ("tinyint", "128", "is out of the range of tinyint"),
    ("decimal(18,4)", "1,234.50", "has thousands separators"),
    ("decimal(18,4)", "12,50", "has a decimal comma"),
    ("decimal(18,4)", "$5", "has a currency"),
    ("decimal(18,4)", "5 €", "has a currency"),
    ("decimal(18,4)", "EUR 5", "has a currency"),
    ("decimal(18,4)", "5%", "has a percent sign"),
    ("decimal(18,4)", "NaN", "is not a number"),
    ("decimal(18,4)", "n/a", "is not a number"),
    ("decimal(18,4)", "100000000000000", "overflows decimal(18,4): more than 14 digits"),
    ("decimal(18,4)", "99999999999999.99999", "overflows decimal(18,4)"),
    ("double", "inf", "is not a number"),
    ("double", "1e400", "is out of the range of double"),
    ("boolean", "2", "is none of true, false"),
    ("boolean", "wahr", "is none of true, false"),
    ("date", "2023-02-29", "is not on the calendar"),
    ("date", "2024-02-29 10:30:00", "has a time of day"),
    ("date", "29.02.2024", "has no year in front"),
    ("date", "01-02-03", "has no year in front"),
    ("date", "epoch", "is not YYYY-MM-DD"),
    ("date", "20240229", "is not YYYY-MM-DD"),
    ("timestamp", "2024-01-01 25:00:00", "is not on the calendar or the clock"),
    ("timestamp", "2024-01-01 10:00:00 PM", "ends in a zone name or AM/PM"),
    ("timestamp", "2024-01-01 10:00:00 Europe/Paris", "ends in a zone name or AM/PM"),
    ("timestamp", "01/02/2024 10:00", "has no year in front"),
    ("timestamp", "infinity", "is not YYYY-MM-DD HH:MM:SS"),
    ("timestamp", "44927", "is not YYYY-MM-DD HH:MM:SS"),
    ("json", "{a: 1}", "is not valid JSON"),
    ("time", "noon", "is not a time"),
]


def write_csv(tmp_path: Path, text: str) -> Origin:
    path = tmp_path / "things.csv"
    cell = text.replace('"', '""')
    path.write_text(f'id,x\n1,"{cell}"\n', encoding="utf-8")
    return Origin((path,), Format.CSV)


def write_ndjson(tmp_path: Path, text: str) -> Origin:
    path = tmp_path / "things.ndjson"
    path.write_text(json.dumps({"id": "1", "x": text}) + "\n", encoding="utf-8")
    return Origin((path,), Format.NDJSON)


@pytest.mark.parametrize("write", [write_csv, write_ndjson])
@pytest.mark.parametrize(("data_type", "text", "expected"), GOOD)
def test_text_becomes_the_type(
    con: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    data_type: str,
    text: str,
    expected: object,
    write: object,
) -> None:
    assert callable(write)
    load(con, one_column(data_type), write(tmp_path, text))
    assert rows(con, "select x from raw.things") == [(expected,)]


@pytest.mark.parametrize(("data_type", "text", "reason"), BAD)
def test_text_that_is_not_of_the_type_is_refused_with_its_reason(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, data_type: str, text: str, reason: str
) -> None:
    with pytest.raises(BadRowsError) as caught:
        load(con, one_column(data_type), write_csv(tmp_path, text))
    (bad,) = caught.value.examples
    assert (bad.number, bad.unit, bad.column, bad.value) == (2, "line", "x", text)
    assert bad.wanted == data_type
    assert reason in bad.reason
    assert f"line 2, x: '{text}' {bad.reason} (wanted {data_type})" in str(caught.value)


def test_timestamps_do_not_depend_on_the_session_time_zone(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    con.execute("set TimeZone = 'America/New_York'")
    for text in ("2024-01-01T10:00:00Z", "2024-01-01 10:00:00", "2024-01-01 12:00:00+02"):
        load(con, one_column("timestamp"), write_csv(tmp_path, text))
        assert rows(con, "select cast(x as varchar) from raw.things") == [("2024-01-01 10:00:00",)]
