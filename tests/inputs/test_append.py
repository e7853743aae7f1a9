"""New files of a table: their rows are added when that gives what loading it whole would give."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from retention_pipeline.inputs import Format, Intervals, LoadReport, Origin
from retention_pipeline.inputs.loading import append, load
from tests.inputs.conftest import CSV_HEADER, GOOD_CSV, ORDERS, rows

SORTED = "select * from raw.raw_orders order by all"


def written(tmp_path: Path, **contents: str) -> Origin:
    """Files of these names, in the order of their names."""
    for name, content in contents.items():
        (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
    return Origin(tuple(sorted(tmp_path.glob("*.csv"))), Format.CSV)


def add(
    con: duckdb.DuckDBPyConnection, origin: Origin, *names: str, contract: object = ORDERS
) -> LoadReport | None:
    new = {path for path in origin.files if path.stem in names}
    return append(con, contract, origin, new, before_commit=lambda _: None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "more",
    [
        CSV_HEADER + "b1,2024-02-05 10:00:00,paid,1,false\n",
        "amount,order_id,ordered_at,note\n1.5,b1,2024-02-05,hello\n",  # other columns, other order
        CSV_HEADER,
        "order_id,ordered_at,_loaded_at\na1,2024-02-05,2024-03-01\n",  # a later version of a1
    ],
)
@pytest.mark.parametrize("name", ["a_new", "z_new"])
def test_added_or_loaded_whole_the_rows_are_the_same(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, more: str, name: str
) -> None:
    load(con, ORDERS, written(tmp_path, m_old=GOOD_CSV))
    origin = written(tmp_path, **{name: more})
    added = add(con, origin, name)
    assert added is not None
    found = rows(con, SORTED)
    whole = load(con, ORDERS, origin)
    assert rows(con, SORTED) == found
    assert replace(added, origin=whole.origin) == whole
    assert rows(con, "select table_name from duckdb_tables() where temporary") == []


@pytest.mark.parametrize(
    "more",
    [
        CSV_HEADER + "a1,2024-02-05,paid,1,false\n",  # a key that is there
        CSV_HEADER + "b1,2024-02-05,paid,1,false\n" * 2,  # twice in the new file
        CSV_HEADER + "b1,yesterday,paid,1,false\n",
        CSV_HEADER + ",2024-02-05,paid,1,false\n",
        CSV_HEADER + "b1,2024-02-05,lost,1,false\n",
        "order_id,status\nb1,paid\n",  # a required column is missing
    ],
)
def test_what_is_wrong_is_left_to_loading_the_whole(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, more: str
) -> None:
    load(con, ORDERS, written(tmp_path, m_old=GOOD_CSV))
    before = rows(con, SORTED)
    origin = written(tmp_path, new=more)
    try:
        assert add(con, origin, "new") is None
    except Exception as error:  # noqa: BLE001 - loading must fail alike
        with pytest.raises(type(error)):
            load(con, ORDERS, origin)
    assert rows(con, SORTED) == before


def test_rows_that_were_rejected_before_are_counted_again_with_the_whole(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    bad = GOOD_CSV + "a3,yesterday,paid,1,false\n"
    load(con, ORDERS, written(tmp_path, m_old=bad), on_bad_rows="quarantine")
    origin = written(tmp_path, new=CSV_HEADER + "b1,2024-02-05,paid,1,false\n")
    assert add(con, origin, "new") is None


def test_what_the_other_rows_decide_too_is_loaded_whole(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    load(con, ORDERS, written(tmp_path, m_old=GOOD_CSV))
    origin = written(tmp_path, new=CSV_HEADER + "b1,2024-02-05,paid,1,false\n")
    rule = Intervals(of=("status",), start="ordered_at", end="_loaded_at")
    assert add(con, origin, "new", contract=replace(ORDERS, intervals=rule)) is None
    assert add(con, replace(origin, format=Format.NDJSON), "new") is None


def test_what_is_raised_before_the_commit_undoes_it(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    load(con, ORDERS, written(tmp_path, m_old=GOOD_CSV))
    before = rows(con, SORTED)
    origin = written(tmp_path, new=CSV_HEADER + "b1,2024-02-05,paid,1,false\n")

    def refuse(_: LoadReport) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        append(con, ORDERS, origin, {tmp_path / "new.csv"}, before_commit=refuse)
    assert rows(con, SORTED) == before
    assert add(con, origin, "new") is not None
