"""CSV files as they come: encodings, line ends, quotes, headers, damage."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import duckdb
import pytest

from retention_pipeline.errors import InputError, Location
from retention_pipeline.inputs import BadRowsError, Format, InputColumn, InputContract, Origin
from retention_pipeline.inputs.errors import (
    DuplicateColumnError,
    EmptyInputError,
    EncodingError,
    MissingColumnError,
    UnreadableInputError,
)
from retention_pipeline.inputs.loading import load
from tests.inputs.conftest import CSV_HEADER, GOOD_CSV, ORDERS, rows

GOOD_ROWS = [("a1", "10.5000", False), ("a2", None, True)]
SHORT = "select order_id, cast(amount as varchar), is_test from raw.raw_orders order by 1"
ONE = "2024-01-01,paid,1,0\n"


def csv(tmp_path: Path, content: bytes | str, name: str = "orders.csv") -> Origin:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Origin((path,), Format.CSV)


def bad(con: duckdb.DuckDBPyConnection, origin: Origin) -> BadRowsError:
    with pytest.raises(BadRowsError) as caught:
        load(con, ORDERS, origin)
    assert con.execute("select count(*) from duckdb_tables() where table_name = 'raw_orders'") \
        .fetchall() == [(0,)]  # fmt: skip
    return caught.value


@pytest.mark.parametrize(
    "content",
    [
        GOOD_CSV,
        GOOD_CSV.rstrip("\n"),
        GOOD_CSV.replace("\n", "\r\n"),
        GOOD_CSV.replace("\n", "\r"),
        GOOD_CSV.replace("false\n", "false\r\n"),
        "\ufeff" + GOOD_CSV,
        '\ufeff"order_id"' + GOOD_CSV.removeprefix("order_id"),
        GOOD_CSV.replace(",", ";"),
        GOOD_CSV.replace(",", "\t"),
        GOOD_CSV.replace(",", "|"),
        GOOD_CSV.replace("\n", "\n\n"),
        GOOD_CSV.replace("\n", "\n   \n"),
        "\n\n" + GOOD_CSV,
        GOOD_CSV.replace("false\n", "false,,\n"),
        GOOD_CSV.replace("order_id,ordered_at", '"order_id" , "ordered_at"'),
        GOOD_CSV.upper().replace("PAID", "paid").replace("A1", "a1").replace("A2", "a2")
        .replace("REFUNDED", "refunded"),
    ],
    ids=[
        "plain", "no_last_line_end", "crlf", "cr", "mixed_line_ends", "bom", "bom_and_quote",
        "semicolon", "tab", "pipe", "blank_lines", "lines_of_blanks", "blanks_above_header",
        "empty_values_too_many", "blanks_around_quotes", "upper_case",
    ],
)  # fmt: skip
def test_the_same_table_in_many_dresses(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, content: str
) -> None:
    report = load(con, ORDERS, csv(tmp_path, content))
    assert rows(con, SHORT) == GOOD_ROWS
    assert (report.rows_read, report.rows_loaded, report.rows_rejected) == (2, 2, 0)
    assert report.missing_columns == ("_loaded_at",)


@pytest.mark.parametrize(
    "name",
    [
        "it's an [odd] {name} *?.csv",
        "select 1; --.csv",
        'quo"ted.csv',
        "day=2024-01-01/orders.csv",
        "ünï/orders.tsv",
        "ORDERS.CSV",
    ],
)
def test_any_file_name_will_do(con: duckdb.DuckDBPyConnection, tmp_path: Path, name: str) -> None:
    content = GOOD_CSV.replace(",", "\t") if name.endswith("tsv") else GOOD_CSV
    report = load(con, ORDERS, csv(tmp_path, content, name))
    assert report.rows_loaded == 2
    assert report.ignored_columns == ()


def test_gzip_of_one_part_and_of_several(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    data = GOOD_CSV.encode()
    for packed in (
        gzip.compress(data, mtime=0),
        gzip.compress(data[:60], mtime=0) + gzip.compress(data[60:], mtime=0),
    ):
        load(con, ORDERS, csv(tmp_path, packed, "orders.csv.gz"))
        assert rows(con, SHORT) == GOOD_ROWS


def test_quoted_values_hold_commas_quotes_and_line_ends(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    load(con, ORDERS, csv(tmp_path, CSV_HEADER + f'"a, ""b""\nc",{ONE}5" pipe,{ONE}'))
    assert [row[0] for row in rows(con)] == ['a, "b"\nc', '5" pipe']


def test_a_header_alone_is_an_empty_table(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for header in (CSV_HEADER, CSV_HEADER.rstrip("\n")):
        assert load(con, ORDERS, csv(tmp_path, header)).rows_read == 0
        assert rows(con) == []


def test_a_file_of_one_column(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    contract = InputContract("raw", "ids", "raw", "ids", (InputColumn("id", "integer", True),))
    report = load(con, contract, csv(tmp_path, "id\n1\n\n2\n\n"))
    assert rows(con, "from raw.ids") == [(1,), (2,)]
    assert report.rows_read == 2
    with pytest.raises(BadRowsError, match="line 4, id: 'x' is not an integer"):
        load(con, contract, csv(tmp_path, "id\n1\n\nx\n"))


# -- faults of rows: the line is the line of the user's file -----------------------------------


@pytest.mark.parametrize(
    ("lines", "number", "reason"),
    [
        ("a2,2024-01-01,paid\n", 3, "has fewer values than the header (3 of 5)"),
        ("a2,2024-01-01,paid,1,0,extra\n", 3, "has more values than the header (6 of 5)"),
        ('a2,"x"y,paid,1,0\n', 3, "has text after a closing quote"),
        (f'"two\nlines",{ONE}a3,x\n', 5, "has fewer values than the header (2 of 5)"),
        (f"\n\na2,{ONE}a3,x\n", 6, "has fewer values than the header (2 of 5)"),
    ],
)
def test_a_row_that_is_no_row(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, lines: str, number: int, reason: str
) -> None:
    content = f"{CSV_HEADER}a1,{ONE}{lines}a9,{ONE}"
    for dress in (content, content.replace("\n", "\r\n")):
        error = bad(con, csv(tmp_path, dress))
        (example,) = error.examples
        assert (example.number, example.column, example.reason) == (number, None, reason)
        assert error.at == Location(str(tmp_path / "orders.csv"), number)
    report = load(con, ORDERS, csv(tmp_path, content), on_bad_rows="quarantine")
    assert report.rows_rejected == 1
    assert {"a1", "a9"} <= {row[0] for row in rows(con)}


def test_a_quote_that_is_never_closed_costs_its_own_line_only(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    origin = csv(tmp_path, f'{CSV_HEADER}a1,{ONE}"a2,{ONE}a3,{ONE}a4,{ONE}')
    (example,) = bad(con, origin).examples
    assert (example.number, example.value) == (3, f'"a2,{ONE.strip()}')
    assert example.reason == "opens a quote that is not closed in the right place"
    report = load(con, ORDERS, origin, on_bad_rows="quarantine")
    assert rows(con, "select order_id from raw.raw_orders order by 1") == [
        ("a1",),
        ("a3",),
        ("a4",),
    ]
    assert (report.rows_read, report.rows_rejected) == (4, 1)


def test_bytes_that_are_not_utf8(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    content = CSV_HEADER.encode() + f"a1,{ONE}".encode() + b"caf\xe9," + ONE.encode()
    (example,) = bad(con, csv(tmp_path, content)).examples
    assert (example.number, example.reason) == (3, "is not valid UTF-8")
    assert example.value is not None
    assert example.value.startswith("caf\\xe9,")


def test_nul_characters(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    error = bad(con, csv(tmp_path, CSV_HEADER + f"a1,{ONE}a\0b,{ONE}"))
    assert "line 3, order_id: 'a\\x00b' holds a NUL character (wanted varchar)" in str(error)


def test_a_row_that_is_too_long_for_duckdb(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    wide = ",".join(f"x{i}" for i in range(30))
    values = ",".join(["y" * 100_000] * 30)
    origin = csv(tmp_path, f"order_id,ordered_at,{wide}\na1,2024-01-01,{values}\n")
    with pytest.raises(UnreadableInputError, match=r"orders\.csv: RP305 cannot be read"):
        load(con, ORDERS, origin)


def test_lines_are_counted_through_values_with_line_ends(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    content = CSV_HEADER + f'"a\n\n1",{ONE}\n"a\r\n2",{ONE}a3,2024-13-01,paid,1,0\n'
    (example,) = bad(con, csv(tmp_path, content)).examples
    assert (example.number, example.unit, example.column) == (8, "line", "ordered_at")


# -- faults of the whole file: an error in both modes ------------------------------------------


def packed(content: str = GOOD_CSV * 50) -> bytes:
    return gzip.compress(content.encode(), mtime=0)


@pytest.mark.parametrize(
    ("content", "name", "kind", "message"),
    [
        (b"", "orders.csv", EmptyInputError, "is empty (0 bytes): a header line is needed"),
        (b"\n\n", "orders.csv", EmptyInputError, "holds no header line"),
        (b"", "orders.csv.gz", EmptyInputError, "is empty (0 bytes)"),
        (gzip.compress(b"", mtime=0), "orders.csv.gz", EmptyInputError, "holds no header line"),
        (GOOD_CSV.encode("utf-16"), "orders.csv", EncodingError, "is UTF-16, not UTF-8"),
        (GOOD_CSV.encode("utf-16-be"), "orders.csv", EncodingError, "is UTF-16, not UTF-8"),
        (b"caf\xe9,order_id\n", "orders.csv", EncodingError, "the header is not UTF-8"),
        (b"order\0_id,x\n", "orders.csv", EncodingError, "the header holds NUL bytes"),
        (b'"order_id,x\n1,2\n', "orders.csv", UnreadableInputError, "is never closed"),
        (packed()[:100], "orders.csv.gz", UnreadableInputError, "cut off or damaged"),
        (packed()[:-8], "orders.csv.gz", UnreadableInputError, "cut off or damaged"),
        (packed()[:-8] + b"12345678", "orders.csv.gz", UnreadableInputError, "cut off or damaged"),
        (packed() + b"junk", "orders.csv.gz", UnreadableInputError, "cut off or damaged"),
        (GOOD_CSV.encode(), "orders.csv.gz", UnreadableInputError, "is not compressed with gzip"),
        (packed(), "orders.csv", UnreadableInputError, "its name must end in .gz"),
        (b"PK\x03\x04...", "orders.csv", UnreadableInputError, "is an Excel workbook"),
        (b"PAR1...", "orders.csv", UnreadableInputError, "is a Parquet file"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used(
    con: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    content: bytes,
    name: str,
    kind: type[InputError],
    message: str,
) -> None:
    origin = csv(tmp_path, content, name)
    load(con, ORDERS, csv(tmp_path, GOOD_CSV, "before.csv"))
    for mode in ("error", "quarantine"):
        with pytest.raises(kind) as caught:
            load(con, ORDERS, origin, on_bad_rows="error" if mode == "error" else "quarantine")
        assert message in str(caught.value)
        assert str(caught.value).startswith(str(tmp_path / name))
    assert rows(con, SHORT) == GOOD_ROWS


def test_a_folder_in_place_of_a_file(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match="is a folder, not a file"):
        load(con, ORDERS, Origin((tmp_path,), Format.CSV))


def test_a_file_that_is_gone(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match="cannot be read: No such file"):
        load(con, ORDERS, Origin((tmp_path / "gone.csv",), Format.CSV))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    origin = csv(tmp_path, GOOD_CSV)
    origin.files[0].chmod(0)
    with pytest.raises(UnreadableInputError, match="Permission denied"):
        load(con, ORDERS, origin)


# -- headers -----------------------------------------------------------------------------------

RENAMED = InputContract(
    "raw",
    "lines",
    "raw",
    "raw_lines",
    (
        InputColumn("order_id", "varchar", True, aliases=("InvoiceNo", "Invoice")),
        InputColumn("customer_id", "varchar", aliases=("CustomerID", "Customer ID")),
        InputColumn("note", "varchar"),
    ),
)


@pytest.mark.parametrize(
    ("header", "expected", "ignored"),
    [
        ("order_id,customer_id", ("1", "2"), ()),
        ("Order_ID, CUSTOMER_ID ", ("1", "2"), ()),
        ("InvoiceNo,Customer ID", ("1", "2"), ()),
        ("customer id,invoice", ("2", "1"), ()),
        ("order_id,invoice", ("1", None), ("invoice",)),
        ("Order_id,order_id", ("2", None), ("Order_id",)),
        ('order_id,"x""; drop table y; --"', ("1", None), ('x"; drop table y; --',)),
    ],
)
def test_header_names_match_exactly_then_in_any_case_then_by_alias(
    con: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    header: str,
    expected: tuple[str, str | None],
    ignored: tuple[str, ...],
) -> None:
    report = load(con, RENAMED, csv(tmp_path, f"{header}\n1,2\n"))
    assert rows(con, "from raw.raw_lines") == [(*expected, None)]
    assert report.ignored_columns == ignored


@pytest.mark.parametrize(
    "header", ["order_id,order_id", "Order_ID,ORDER_ID", "Invoice,InvoiceNo", "invoice,INVOICE"]
)
def test_two_names_for_one_column(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, header: str
) -> None:
    with pytest.raises(DuplicateColumnError, match="both mean 'order_id'"):
        load(con, RENAMED, csv(tmp_path, f"{header}\n1,2\n"))


def test_ignored_columns_may_repeat(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    report = load(con, RENAMED, csv(tmp_path, "order_id,x,x,,\n1,2,3,4,5\n"))
    assert rows(con, "from raw.raw_lines") == [("1", None, None)]
    assert report.ignored_columns == ("x", "")
    assert report.missing_columns == ("customer_id", "note")


def test_a_required_column_that_is_missing(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    origin = csv(tmp_path, "OrderId,ordered_at,status\n1,2024-01-01,paid\n")
    with pytest.raises(MissingColumnError) as caught:
        load(con, ORDERS, origin)
    assert "no column for the required 'order_id' of 'raw.orders'" in str(caught.value)
    assert "the header has: OrderId, ordered_at, status" in str(caught.value)
    assert "did you mean 'OrderId' for 'order_id'?" in str(caught.value)
    assert caught.value.at == Location(tmp_path / "orders.csv", 1)


def test_a_header_that_has_nothing_to_do_with_the_table(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    contract = InputContract("raw", "t", "raw", "t", (InputColumn("id", "varchar"),))
    with pytest.raises(MissingColumnError, match="no name in the header is a column"):
        load(con, contract, csv(tmp_path, "Weather report\n\nday,rain\n"))


def test_ten_thousand_columns(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    names = [f"x{i}" for i in range(9_998)] + ["order_id", "ordered_at"]
    values = ["1"] * 9_998 + ["a1", "2024-01-01"]
    report = load(con, ORDERS, csv(tmp_path, f"{','.join(names)}\n{','.join(values)}\n"))
    assert rows(con, "select order_id from raw.raw_orders") == [("a1",)]
    assert len(report.ignored_columns) == 9_998


def test_files_of_one_folder_may_have_their_columns_in_another_order(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    one = csv(tmp_path, GOOD_CSV, "one.csv").files[0]
    two = csv(tmp_path, "order_id;note;ordered_at\nb1;hello;2024-02-01\n", "two.csv").files[0]
    report = load(con, ORDERS, Origin((one, two), Format.CSV))
    assert [row[0] for row in rows(con)] == ["a1", "a2", "b1"]
    assert report.missing_columns == ("status", "amount", "is_test", "_loaded_at")
    assert report.ignored_columns == ("note",)


def test_bad_rows_of_one_folder_name_their_file(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    one = csv(tmp_path, GOOD_CSV, "one.csv").files[0]
    two = csv(tmp_path, GOOD_CSV.replace("10.50", "x"), "two.csv").files[0]
    with pytest.raises(BadRowsError) as caught:
        load(con, ORDERS, Origin((one, two), Format.CSV))
    assert f"{two}: line 2, amount: 'x' is not a number" in str(caught.value)
    assert f"{two}: line 3, order_id: 'order_id = a2'" in str(caught.value)
    assert "has a key that is already there, in line 3 of one.csv" in str(caught.value)
