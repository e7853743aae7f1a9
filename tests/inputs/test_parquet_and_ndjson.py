"""Files that carry types of their own: Parquet and JSON lines."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from retention_pipeline.inputs import BadRowsError, Format, InputColumn, InputContract, Origin
from retention_pipeline.inputs.errors import MissingColumnError, UnreadableInputError
from retention_pipeline.inputs.loading import load
from tests.inputs.conftest import ORDERS, one_column, rows

AT = datetime(2024, 1, 5, 10)  # noqa: DTZ001


def parquet(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, select: str, name: str = "things.parquet"
) -> Origin:
    path = tmp_path / name
    con.execute(f"copy ({select}) to '{path}' (format parquet)")
    return Origin((path,), Format.PARQUET)


def ndjson(tmp_path: Path, content: str | bytes, name: str = "things.ndjson") -> Origin:
    path = tmp_path / name
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data, mtime=0) if name.endswith("gz") else data)
    return Origin((path,), Format.NDJSON)


def lines(objects: Iterable[object]) -> str:
    return "".join(json.dumps(each) + "\n" for each in objects)


@pytest.mark.parametrize(
    ("expression", "data_type", "expected"),
    [
        ("' a '", "varchar", "a"),
        ("''", "varchar", None),
        ("17850.0::double", "varchar", "17850.0"),
        ("42::bigint", "varchar", "42"),
        ("{'a': [1, 2]}", "varchar", '{"a":[1,2]}'),
        ("[1, 2]", "varchar", "[1,2]"),
        ("map {'k': 'v'}", "varchar", '{"k":"v"}'),
        ("'caf\\xC3\\xA9'::blob", "varchar", "café"),
        ("'e'::enum('e')", "varchar", "e"),
        ("date '2024-01-05'", "varchar", "2024-01-05"),
        ("timestamptz '2024-01-05 12:00:00+02'", "timestamp", AT),
        ("timestamp_ns '2024-01-05 10:00:00'", "timestamp", AT),
        ("timestamp_s '2024-01-05 10:00:00'", "timestamp", AT),
        ("'2024-01-05T10:00:00Z'", "timestamp", AT),
        ("date '2024-01-05'", "timestamp", datetime(2024, 1, 5)),  # noqa: DTZ001
        ("timestamp '2024-01-05'", "date", date(2024, 1, 5)),
        ("date '2024-01-05'", "date", date(2024, 1, 5)),
        ("0.1::double", "decimal(18,4)", Decimal("0.1000")),
        ("12.34567::decimal(38,5)", "decimal(18,4)", Decimal("12.3457")),
        ("7::utinyint", "decimal(18,4)", Decimal(7)),
        ("7.0::double", "bigint", 7),
        ("7::hugeint", "integer", 7),
        ("1::integer", "boolean", True),
        ("true", "boolean", True),
        ("'no'", "boolean", False),
        ("1.5::float", "double", 1.5),
        ("null::integer", "timestamp", None),
        ("{'a': 1}", "json", '{"a":1}'),
        ("5", "json", "5"),
        ("timestamptz '2024-01-05 12:00:00+02'", "varchar", "2024-01-05 10:00:00"),
        ("time '10:30:00'", "varchar", "10:30:00"),
    ],
)
def test_parquet_types_become_the_wanted_type(
    con: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    expression: str,
    data_type: str,
    expected: object,
) -> None:
    load(con, one_column(data_type), parquet(con, tmp_path, f"select 1 as id, {expression} as x"))
    assert rows(con, "select x from raw.things") == [(expected,)]


@pytest.mark.parametrize(
    ("expression", "data_type", "reason"),
    [
        ("1e15::double", "decimal(18,4)", "overflows decimal(18,4): more than 14 digits"),
        ("1e15::decimal(38,2)", "decimal(18,4)", "overflows decimal(18,4)"),
        ("'nan'::double", "decimal(18,4)", "is not a finite number"),
        ("'inf'::float", "double", "is not a finite number"),
        ("1.5::double", "bigint", "is not a whole number"),
        ("300", "tinyint", "is out of the range of tinyint"),
        ("2", "boolean", "is of type integer, which does not become boolean"),
        ("1704448800::bigint", "timestamp", "is of type bigint, which does not become timestamp"),
        ("20240105", "date", "is of type integer, which does not become date"),
        ("timestamp '2024-01-05 10:00:00'", "date", "has a time of day"),
        ("timestamp 'infinity'", "timestamp", "is infinite"),
        ("true", "decimal(18,4)", "is of type boolean, which does not become decimal(18,4)"),
        ("'1,5'", "decimal(18,4)", "has a decimal comma"),
        ("timestamp '2024-01-05'", "decimal(18,4)", "of type timestamp, which does not become"),
        ("time '10:30:00'", "timestamp", "is of type time, which does not become timestamp"),
        ("'a' || chr(0)", "varchar", "holds a NUL character"),
    ],
)
def test_parquet_values_that_do_not_become_the_type(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, expression: str, data_type: str, reason: str
) -> None:
    select = f"select 0 as id, null as x union all select 1 as id, {expression} as x"
    with pytest.raises(BadRowsError) as caught:
        load(con, one_column(data_type), parquet(con, tmp_path, select))
    (bad,) = caught.value.examples
    assert (bad.number, bad.unit, bad.column) == (2, "row", "x")
    assert reason in bad.reason


def test_parquet_files_of_one_folder_may_differ_in_type(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    one = parquet(con, tmp_path, "select 1 as id, 5 as x", "1.parquet").files
    two = parquet(con, tmp_path, "select '6.5' as x, 'b' as id, 0 as more", "2.parquet").files
    three = parquet(con, tmp_path, "select 'c' as id", "3.parquet").files
    load(con, one_column("decimal(18,4)"), Origin(one + two + three, Format.PARQUET))
    expected = [("1", Decimal(5)), ("b", Decimal("6.5")), ("c", None)]
    assert rows(con, "from raw.things order by id") == expected


def test_a_parquet_file_that_is_none(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    whole = parquet(con, tmp_path, "select 1 as id, 5 as x").files[0].read_bytes()
    path = tmp_path / "cut.parquet"
    for content in (b"id,x\n1,2\n", whole[: len(whole) // 2], b"PAR1"):
        path.write_bytes(content)
        with pytest.raises(UnreadableInputError, match="is not a Parquet file") as caught:
            load(con, one_column("integer"), Origin((path,), Format.PARQUET))
        assert str(caught.value).startswith(str(path))


def test_a_parquet_file_with_damaged_pages(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    origin = parquet(con, tmp_path, "select i::varchar as id, i as x from range(5000) t(i)")
    content = bytearray(origin.files[0].read_bytes())
    content[4:2000] = bytes(1996)
    origin.files[0].write_bytes(content)
    load(con, one_column("integer"), Origin())
    with pytest.raises(UnreadableInputError, match="cannot be read"):
        load(con, one_column("integer"), origin, on_bad_rows="quarantine")
    assert rows(con, "from raw.things") == []


# -- JSON lines ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["o.ndjson", "o.jsonl", "o.ndjson.gz"])
def test_json_lines(con: duckdb.DuckDBPyConnection, tmp_path: Path, name: str) -> None:
    objects = [
        {"order_id": 1, "ordered_at": "2024-01-05T10:00:00Z", "amount": 10.5, "is_test": False},
        {"ordered_at": "2024-01-05 10:00:00", "ORDER_ID": None, "order_id": " b "},
        {"order_id": "c", "ordered_at": "2024-01-05T11:00:00+01:00", "status": "", "note": [1]},
    ]
    report = load(con, ORDERS, ndjson(tmp_path, "\n" + lines(objects), name))
    assert rows(con) == [
        ("1", AT, None, Decimal("10.5"), False, None),
        ("b", AT, None, None, None, None),
        ("c", AT, None, None, None, None),
    ]
    assert report.ignored_columns == ("ORDER_ID", "note")
    assert report.missing_columns == ("_loaded_at",)


@pytest.mark.parametrize(
    ("value", "data_type", "expected"),
    [
        ({"a": [1, "é"]}, "varchar", '{"a":[1,"é"]}'),
        ([], "varchar", "[]"),
        (True, "varchar", "true"),
        (17850.0, "varchar", "17850.0"),
        (12345678901234567890123, "varchar", "12345678901234567890123"),
        ("12345678901234.1234", "decimal(18,4)", Decimal("12345678901234.1234")),
        (99999999999.9999, "decimal(18,4)", Decimal("99999999999.9999")),
        (0.1, "decimal(18,4)", Decimal("0.1")),
        (1, "boolean", True),
        ({"a": 1}, "json", '{"a":1}'),
    ],
)
def test_json_values(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, value: object, data_type: str, expected: object
) -> None:
    load(con, one_column(data_type), ndjson(tmp_path, lines([{"id": 1, "x": value}])))
    assert rows(con, "select x from raw.things") == [(expected,)]


def test_json_numbers_with_more_digits_than_readers_keep(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    origin = ndjson(tmp_path, '{"id": 1, "x": 12345678901234.1234}\n')
    with pytest.raises(BadRowsError, match="write it as text, in quotes"):
        load(con, one_column("decimal(18,4)"), origin)


KEYS = ["a/b", "c~d", "$x", "y.z", "*", 'q"r', "it's", "e é"]


def test_json_keys_of_any_kind(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    contract = InputContract(
        "raw", "t", "raw", "t", tuple(InputColumn(key, "integer", True) for key in KEYS)
    )
    load(con, contract, ndjson(tmp_path, lines([{key: i for i, key in enumerate(KEYS)}])))
    assert rows(con, "from raw.t") == [tuple(range(len(KEYS)))]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"id": 1, "x": }', "is not one JSON object"),
        (b'{"id": 1} {"id": 2}', "is not one JSON object"),
        (b"[1]", "is not one JSON object"),
        (b"3", "is not one JSON object"),
        (b"{'id': 1}", "is not one JSON object"),
        (b'{"id": "caf\xe9"}', "is not valid UTF-8"),
    ],
)
def test_a_line_that_is_no_object(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, line: bytes, reason: str
) -> None:
    origin = ndjson(tmp_path, b'{"id": 1, "x": 1}\n\n' + line + b'\n{"id": 2, "x": 2}\n')
    with pytest.raises(BadRowsError, match="1 of 3 rows") as caught:
        load(con, one_column("integer"), origin)
    (bad,) = caught.value.examples
    assert (bad.number, bad.unit, bad.column, bad.reason) == (3, "line", None, reason)
    report = load(con, one_column("integer"), origin, on_bad_rows="quarantine")
    assert (report.rows_loaded, report.rows_rejected) == (2, 1)
    (raw,) = rows(con, "select raw_row from raw.rejected_rows")
    assert raw == (line.decode("utf-8", "backslashreplace"),)


def test_a_bad_value_in_json_has_its_line(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(BadRowsError, match="line 3, x: 'a' is not an integer"):
        load(con, one_column("integer"), ndjson(tmp_path, '{"id": 1}\n\n{"x": "a"}\n'))


def test_json_without_a_required_key(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(MissingColumnError, match="the required 'x'"):
        load(con, one_column("integer", required=True), ndjson(tmp_path, '{"id": 1}\n'))
    origin = ndjson(tmp_path, '{"id": 1}\n{"x": 1}\n')
    with pytest.raises(BadRowsError, match="line 1, x: required value is missing"):
        load(con, one_column("integer", required=True), origin)


def test_no_lines_are_no_rows(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for content in ("", "\n\n"):
        assert load(con, ORDERS, ndjson(tmp_path, content)).rows_read == 0
        assert rows(con) == []


def test_an_array_is_not_json_lines(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match="is one JSON array"):
        load(con, ORDERS, ndjson(tmp_path, '[{"order_id": 1},\n {"order_id": 2}]\n'))


def test_a_cut_gzip_of_json_lines(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    origin = ndjson(tmp_path, lines([{"id": i, "x": i} for i in range(1000)]), "o.ndjson.gz")
    origin.files[0].write_bytes(origin.files[0].read_bytes()[:-6])
    with pytest.raises(UnreadableInputError, match="cut off or damaged"):
        load(con, one_column("integer"), origin)
