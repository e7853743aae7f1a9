"""Loading as a whole: what is required, keys and versions, quarantine, all or nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from retention_pipeline.inputs import (
    ABSENT,
    BadRowsError,
    Format,
    InputColumn,
    InputContract,
    LoadReport,
    Origin,
    staging,
)
from retention_pipeline.inputs.errors import InputContractError, SourceRelationError
from retention_pipeline.inputs.loading import adopt, load, prepare
from tests.inputs.conftest import CSV_HEADER, GOOD_CSV, ORDERS, one_column, rows

IDS = "select order_id from raw.raw_orders order by all"
REJECTS = "select * exclude (file) from raw.rejected_rows order by row_number, column_name"


def csv(tmp_path: Path, content: str, name: str = "orders.csv") -> Origin:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return Origin((path,), Format.CSV)


def temporary_tables(con: duckdb.DuckDBPyConnection) -> list[object]:
    return [row[0] for row in rows(con, "select table_name from duckdb_tables() where temporary")]


def test_the_table_has_exactly_the_columns_and_types_of_the_contract(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    described = [
        ("order_id", "VARCHAR"),
        ("ordered_at", "TIMESTAMP"),
        ("status", "VARCHAR"),
        ("amount", "DECIMAL(18,4)"),
        ("is_test", "BOOLEAN"),
        ("_loaded_at", "TIMESTAMP"),
    ]
    for content in (GOOD_CSV, CSV_HEADER, "ordered_at,order_id,more\n2024-01-01,1,2\n"):
        load(con, ORDERS, csv(tmp_path, content))
        assert [row[:2] for row in rows(con, "describe raw.raw_orders")] == described
    load(con, ORDERS, ABSENT)
    assert [row[:2] for row in rows(con, "describe raw.raw_orders")] == described


def test_an_absent_table_is_empty_and_typed(con: duckdb.DuckDBPyConnection) -> None:
    report = load(con, ORDERS, ABSENT)
    assert rows(con) == []
    assert report == LoadReport(
        "raw.orders", ABSENT, 0, 0, missing_columns=tuple(c.name for c in ORDERS.columns)
    )


def test_a_missing_optional_column_is_null_of_its_type(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    report = load(con, ORDERS, csv(tmp_path, "order_id,ordered_at\n1,2024-01-01\n"))
    assert rows(con, "select status, amount, is_test, _loaded_at from raw.raw_orders") == [
        (None, None, None, None)
    ]
    assert report.missing_columns == ("status", "amount", "is_test", "_loaded_at")


@pytest.mark.parametrize("empty", ["", '""', "  ", '" "'])
def test_a_required_value_that_is_missing(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, empty: str
) -> None:
    with pytest.raises(BadRowsError) as caught:
        load(con, ORDERS, csv(tmp_path, f"{CSV_HEADER}a1,{empty},paid,1,0\n"))
    assert "line 2, ordered_at: required value is missing (wanted timestamp)" in str(caught.value)


def test_values_outside_the_accepted_ones(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(BadRowsError) as caught:
        load(con, ORDERS, csv(tmp_path, GOOD_CSV.replace("paid", "Payed")))
    assert "line 2, status: 'Payed' is not one of: paid, refunded" in str(caught.value)


def test_accepted_values_of_a_number(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    contract = InputContract(
        "raw", "t", "raw", "t", (InputColumn("x", "integer", accepted_values=("1", "2")),)
    )
    with pytest.raises(BadRowsError, match="2 of 3 rows") as caught:
        load(con, contract, csv(tmp_path, "x\n2.0\n3\nz\n"))
    assert [each.reason for each in caught.value.examples] == [
        "is not one of: 1, 2",
        "is not an integer",
    ]


# -- keys --------------------------------------------------------------------------------------

KEYED = "order_id,ordered_at,_loaded_at\n"


def test_rows_of_one_key_are_bad_but_for_the_first(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    content = KEYED + "a1,2024-01-01,\na2,2024-01-01,\na1,2024-01-02,\na1,2024-01-01,\n"
    origin = csv(tmp_path, content)
    with pytest.raises(BadRowsError, match="2 of 4 rows") as caught:
        load(con, ORDERS, origin)
    assert "line 4, order_id: 'order_id = a1' has a key that is already there, in line 2" in str(
        caught.value
    )
    assert caught.value.reasons == {"order_id has a key that is already there": 2}
    report = load(con, ORDERS, origin, on_bad_rows="quarantine")
    assert (report.rows_read, report.rows_loaded, report.rows_rejected) == (4, 2, 2)
    assert rows(con, IDS) == [("a1",), ("a2",)]


def test_rows_of_one_key_loaded_at_different_times_are_versions(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    content = KEYED + "a1,2024-01-01,2024-02-01\na1,2024-01-01,2024-02-02\na1,2024-01-01,\n"
    assert load(con, ORDERS, csv(tmp_path, content)).rows_loaded == 3
    with pytest.raises(BadRowsError, match="in line 2"):
        load(con, ORDERS, csv(tmp_path, content + "a1,2024-01-03,2024-02-01T00:00:00Z\n"))


def test_a_key_of_several_columns_some_of_them_null(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    columns = (InputColumn("a", "varchar"), InputColumn("b", "integer"))
    contract = InputContract("raw", "t", "raw", "t", columns, key=("a", "b"))
    assert load(con, contract, csv(tmp_path, "a,b\nx,1\nx,2\ny,1\nx,\nx,\n")).rows_loaded == 5
    with pytest.raises(BadRowsError, match="'a = x, b = 1' has a key that is already there"):
        load(con, contract, csv(tmp_path, "a,b\nx,1\nx,01\n"))


# -- error: the first ones and the count of each kind --------------------------------------------


def test_the_first_bad_values_and_the_count_of_each_reason(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    lines = [f"a{i},2024-01-01,paid,{'x' if i % 2 else 1},{'maybe' if i == 30 else ''}\n"
             for i in range(40)]  # fmt: skip
    with pytest.raises(BadRowsError) as caught:
        load(con, ORDERS, csv(tmp_path, CSV_HEADER + "".join(lines)), max_examples=3)
    error = caught.value
    assert error.code == "RP310"
    assert "21 of 40 rows break the contract of 'raw.orders'; nothing was loaded" in error.message
    assert [each.number for each in error.examples] == [3, 5, 7]
    assert error.reasons["amount is not a number"] == 20
    assert "... and 18 more" in error.message
    assert "in all: 20 x amount is not a number; 1 x is_test is none of true" in error.message
    assert error.fix is not None
    assert "quarantine" in error.fix
    assert str(error.at) == f"{tmp_path / 'orders.csv'}:3"


def test_long_and_strange_values_are_shown_short_and_on_one_line(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(BadRowsError) as caught:
        load(con, ORDERS, csv(tmp_path, f'{CSV_HEADER}a1,"x\n\x1b[31m{"y" * 500}",paid,1,0\n'))
    assert "'x\\n\\x1b[31myyy" in str(caught.value)
    assert "y..." in str(caught.value)
    assert len(str(caught.value)) < 1000


# -- quarantine ----------------------------------------------------------------------------------


def test_quarantine_loads_the_good_rows_and_keeps_the_bad_ones(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    content = GOOD_CSV + "a3,yesterday,paid,x,\na4,2024\na5,2024-01-07,paid,3,\n"
    origin = csv(tmp_path, content)
    report = load(con, ORDERS, origin, on_bad_rows="quarantine")
    assert (report.rows_read, report.rows_loaded, report.rows_rejected) == (5, 3, 2)
    assert rows(con, IDS) == [("a1",), ("a2",), ("a5",)]
    raw = '{"order_id":"a3","ordered_at":"yesterday","status":"paid","amount":"x","is_test":null}'
    shape = "is not YYYY-MM-DD HH:MM:SS, in UTC or with an offset"
    assert rows(con, REJECTS) == [
        ("raw.orders", 4, "amount", "x", "decimal(18,4)", "is not a number", raw),
        ("raw.orders", 4, "ordered_at", "yesterday", "timestamp", shape, raw),
        ("raw.orders", 5, None, None, None, "has fewer values than the header (2 of 5)", "a4,2024"),
    ]
    assert rows(con, "select distinct file from raw.rejected_rows") == [(str(origin.files[0]),)]
    assert report.reasons == {
        "amount is not a number": 1,
        "has fewer values than the header (2 of 5)": 1,
        f"ordered_at {shape}": 1,
    }
    assert temporary_tables(con) == []


def test_each_load_replaces_the_rejects_of_its_own_source_only(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    bad = csv(tmp_path, GOOD_CSV.replace("10.50", "x"))
    load(con, ORDERS, bad, on_bad_rows="quarantine")
    load(
        con, one_column("integer"), csv(tmp_path, "id,x\n1,y\n", "t.csv"), on_bad_rows="quarantine"
    )
    load(con, ORDERS, bad, on_bad_rows="quarantine")
    sources = "select source from raw.rejected_rows order by 1"
    assert rows(con, sources) == [("raw.orders",), ("raw.things",)]
    load(con, ORDERS, csv(tmp_path, GOOD_CSV))
    assert rows(con, sources) == [("raw.things",)]


def test_quarantine_of_every_row_leaves_an_empty_table(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    report = load(con, ORDERS, csv(tmp_path, CSV_HEADER + "a,b,c,d,e\n"), on_bad_rows="quarantine")
    assert (report.rows_read, report.rows_loaded, report.rows_rejected) == (1, 0, 1)
    assert len(rows(con, REJECTS)) == 4


def test_good_rows_lost_on_the_way_would_be_noticed() -> None:
    with pytest.raises(AssertionError, match="rows were lost"):
        LoadReport("raw.orders", ABSENT, 3, 2, 0)


# -- all or nothing ------------------------------------------------------------------------------


def test_a_load_that_fails_leaves_everything_as_it_was(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    load(con, ORDERS, csv(tmp_path, GOOD_CSV + "a9,x,,,\n"), on_bad_rows="quarantine")
    before = rows(con), rows(con, REJECTS)
    for content in (GOOD_CSV + "b1,2024-01-01,paid,x,\n", GOOD_CSV + "b1\n", GOOD_CSV * 2, "", "x"):
        with pytest.raises(Exception, match="RP3"):
            load(con, ORDERS, csv(tmp_path, content))
        assert (rows(con), rows(con, REJECTS)) == before
        assert temporary_tables(con) == []
    con.execute("begin transaction")  # no transaction was left open
    con.execute("rollback")


@pytest.mark.parametrize("content", [GOOD_CSV, GOOD_CSV + "a9,x,,,\n"])
def test_what_is_done_before_the_commit_is_part_of_it(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, content: str
) -> None:
    con.execute("create table state (source varchar, loaded bigint)")

    def note(report: LoadReport) -> None:
        con.execute("insert into state values ($1, $2)", [report.source, report.rows_loaded])

    def fail(report: LoadReport) -> None:
        note(report)
        con.execute("select * from nowhere")

    origin = csv(tmp_path, content)
    load(con, ORDERS, ABSENT)
    with pytest.raises(duckdb.CatalogException, match="nowhere"):
        load(con, ORDERS, origin, on_bad_rows="quarantine", before_commit=fail)
    assert (rows(con), rows(con, "from state"), rows(con, REJECTS)) == ([], [], [])
    load(con, ORDERS, origin, on_bad_rows="quarantine", before_commit=note)
    assert (len(rows(con)), rows(con, "from state")) == (2, [("raw.orders", 2)])


def test_a_second_cursor_sees_the_old_table_until_the_commit(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    load(con, ORDERS, csv(tmp_path, GOOD_CSV))
    seen: list[int] = []
    reader = con.cursor()
    reader.execute("use shop")
    load(con, ORDERS, ABSENT, before_commit=lambda _: seen.append(len(rows(reader))))
    assert seen == [2]
    assert rows(con) == []


def test_a_view_in_the_place_of_the_table_is_replaced(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    con.execute("create schema raw")
    con.execute("create view raw.raw_orders as select 1 as x")
    with pytest.raises(BadRowsError):
        load(con, ORDERS, csv(tmp_path, CSV_HEADER + "a,b,c,d,e\n"))
    assert rows(con) == [(1,)]
    load(con, ORDERS, csv(tmp_path, GOOD_CSV))
    assert len(rows(con)) == 2


def test_lines_are_right_when_the_session_does_not_keep_the_order_of_rows(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    con.execute("set preserve_insertion_order = false")
    request.addfinalizer(lambda: con.execute("reset preserve_insertion_order"))
    good = "".join(f"a{i},2024-01-01,paid,1,0\n" for i in range(150_000))
    origin = csv(tmp_path, CSV_HEADER + good + "b1,2024-01-01,paid,x,0\n")
    with pytest.raises(BadRowsError) as caught:
        load(con, ORDERS, origin)
    assert [each.number for each in caught.value.examples] == [150_002]
    assert rows(con, "select current_setting('preserve_insertion_order')") == [(False,)]


def test_preparing_twice_changes_nothing(con: duckdb.DuckDBPyConnection) -> None:
    prepare(con, ["raw", 'we\'ird "one"'])
    con.execute("insert into raw.rejected_rows (source) values ('kept')")
    prepare(con, ["raw"])
    assert rows(con, "select source from raw.rejected_rows") == [("kept",)]


def test_names_with_sql_in_them_are_only_names(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    evil = 'x"; drop table y; --'
    contract = InputContract("s'", "t'", 's"', evil, (InputColumn(evil, "integer", True),), (evil,))
    report = load(con, contract, csv(tmp_path, '"x""; drop table y; --"\n7\nz\n'),
                  on_bad_rows="quarantine")  # fmt: skip
    assert (report.rows_loaded, report.rows_rejected) == (1, 1)
    assert rows(con, 'from "s"""."x""; drop table y; --"') == [(7,)]


# -- contracts that cannot be ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "key", "message"),
    [
        ((InputColumn("a", "varchar"), InputColumn("A", "varchar")), (), "the column a twice"),
        ((), (), "declares no columns"),
        ((InputColumn("a", "varchar"),), ("b",), "names no column: b"),
        ((InputColumn("a", "int); drop table x"),), (), "is no data type"),
    ],
)
def test_a_contract_that_cannot_be(
    columns: tuple[InputColumn, ...], key: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InputContractError, match=message) as caught:
        InputContract("raw", "t", "raw", "t", columns, key, at=ORDERS.at)
    assert caught.value.at == ORDERS.at


def test_a_type_that_duckdb_does_not_know(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(InputContractError, match="unknown: Type with name strnig does not exist"):
        load(con, one_column("strnig"), ABSENT)


# -- from a table ----------------------------------------------------------------------------------


def test_an_existing_table_view_or_expression_is_adopted(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create schema landing")
    con.execute(
        "create table landing.orders as select 1 as ORDER_ID, date '2024-01-05' as ordered_at, "
        "10.5 as amount, {'a': 1} as status, 1 as is_test, 5 as more"
    )
    contract = InputContract(
        "raw", "orders", "raw", "raw_orders",
        tuple(InputColumn(c.name, c.data_type, c.required) for c in ORDERS.columns),
    )  # fmt: skip
    for relation in ("landing.orders", "(select * from landing.orders)"):
        report = adopt(con, contract, relation)
        assert rows(con, "select order_id, status, amount::varchar, is_test from raw.raw_orders") \
            == [("1", '{"a":1}', "10.5000", True)]  # fmt: skip
        assert report.ignored_columns == ("more",)
        assert report.missing_columns == ("_loaded_at",)
        assert str(report.origin) == relation


def test_bad_rows_of_a_table_have_row_numbers(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create table t as select 'a' || i as order_id, timestamp '2024-01-01' as "
                "ordered_at, 1e15 * (i // 2) as amount from range(3) t(i)")  # fmt: skip
    with pytest.raises(BadRowsError) as caught:
        adopt(con, ORDERS, "t")
    assert "row 3, amount: '1000000000000000.0' overflows decimal(18,4)" in str(caught.value)
    assert adopt(con, ORDERS, "t", on_bad_rows="quarantine").rows_loaded == 2
    assert rows(con, "select file, row_number from raw.rejected_rows") == [("t", 3)]


@pytest.mark.parametrize(
    ("relation", "message"),
    [
        ("nowhere.orders", "cannot be read from nowhere.orders"),
        ("raw.raw_orders", "the table it is written to"),
        ('"raw"."RAW_ORDERS"', "the table it is written to"),
        ("(select 1", "cannot be read from"),
    ],
)
def test_a_relation_that_cannot_be_adopted(
    con: duckdb.DuckDBPyConnection, relation: str, message: str
) -> None:
    with pytest.raises(SourceRelationError) as caught:
        adopt(con, ORDERS, relation)
    assert message in str(caught.value)
    assert caught.value.at == ORDERS.at


def test_tables_may_be_loaded_side_by_side_into_a_file(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "build.db")) as con:
        prepare(con, ["raw"])
        bad = csv(tmp_path, GOOD_CSV + "a3,x,,,\n")

        def one(number: int) -> LoadReport:
            contract = InputContract(
                "raw", f"t{number}", "raw", f"t{number}", ORDERS.columns, ORDERS.key
            )
            with con.cursor() as cursor:
                return load(cursor, contract, bad, on_bad_rows="quarantine")

        with ThreadPoolExecutor(4) as pool:
            reports = list(pool.map(one, range(12)))
        assert {report.rows_loaded for report in reports} == {2}
        assert rows(con, "select count(*), count(distinct source) from raw.rejected_rows") == [
            (12, 12)
        ]


def test_folders_for_rows_are_made_and_removed_side_by_side(tmp_path: Path) -> None:
    """A load that ends removes the common folder while another one begins."""
    path = str(tmp_path / "spill.db")
    root = duckdb.connect(path)

    def often(_: int) -> None:
        with root.cursor() as cursor:
            for _ in range(100):
                with staging.workplace(cursor) as folder:
                    assert Path(folder).is_dir()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(often, range(4)))
    root.close()
