"""What a contract says of values and of rows together: limits, patterns, intervals."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from retention_pipeline.inputs import (
    BadRowsError,
    Format,
    InputColumn,
    InputContract,
    Intervals,
    Origin,
)
from retention_pipeline.inputs.errors import InputContractError
from retention_pipeline.inputs.loading import load
from tests.inputs.conftest import rows

COLUMNS = (
    InputColumn("item", "varchar", required=True),
    InputColumn(
        "currency",
        "varchar",
        pattern="[A-Z]{3}",
        pattern_name="a currency code",
    ),
    InputColumn("price", "decimal(18,4)", minimum="0"),
    InputColumn("discount", "integer", minimum="0", maximum="100"),
    InputColumn("valid_from", "timestamp", required=True),
    InputColumn("valid_to", "timestamp"),
    InputColumn("_loaded_at", "timestamp"),
)
STATES = InputContract(
    "raw",
    "states",
    "raw",
    "states",
    COLUMNS,
    key=("item", "valid_from"),
    intervals=Intervals(("item",), "valid_from", "valid_to"),
)
HEADER = "item,currency,price,discount,valid_from,valid_to,_loaded_at\n"


def states(tmp_path: Path, *lines: str) -> Origin:
    path = tmp_path / "states.csv"
    path.write_text(HEADER + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return Origin((path,), Format.CSV)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a,USD,-0.01,,2024-01-01,,", "line 3, price: '-0.01' is below 0 (wanted decimal(18,4))"),
        ("a,USD,1,101,2024-01-01,,", "line 3, discount: '101' is above 100 (wanted integer)"),
        ("a,USD,1,-1,2024-01-01,,", "line 3, discount: '-1' is below 0 (wanted integer)"),
        ("a,usd,1,,2024-01-01,,", "line 3, currency: 'usd' is not a currency code"),
        ("a,USD,1,,2024-01-02,2024-01-01,", "line 3, valid_to: '2024-01-01 00:00:00' is not after"),
        ("a,USD,1,,2024-01-02,2024-01-02,", "is not after valid_from, 2024-01-02 00:00:00"),
        ("ok,USD,1,,2024-02-15,,", "line 3, valid_from: '2024-02-15 00:00:00' lies in another"),
        ("ok,USD,1,,2024-02-15,,", "interval of the item, which ends 2024-03-01 00:00:00"),
        ("ok,USD,1,,2023-02-15,2024-01-02,", "line 2, valid_from: '2024-01-01 00:00:00' lies in"),
        ("ok,USD,1,,2023-02-15,,", "line 2, valid_from: '2024-01-01 00:00:00' lies in another"),
        ("ok,USD,1,,2023-02-15,,", "interval of the item, which is open"),
    ],
)  # fmt: skip
def test_rows_that_break_a_rule(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, line: str, said: str
) -> None:
    origin = states(tmp_path, "ok,USD,1,10,2024-01-01,2024-03-01,", line)
    with pytest.raises(BadRowsError) as caught:
        load(con, STATES, origin)
    assert said in str(caught.value)
    assert "states.csv" in str(caught.value)


def test_intervals_may_touch_and_items_may_share_time(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    report = load(
        con,
        STATES,
        states(
            tmp_path,
            "a,USD,0,0,2024-01-01,2024-03-01,",
            "a,USD,1,100,2024-03-01,,",
            "b,EUR,1,,2024-02-01,,",
        ),
    )
    assert report.rows_loaded == 3


def test_an_older_version_of_a_row_overlaps_nothing(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """The row was open when it was first loaded, and closed when it was loaded again."""
    report = load(
        con,
        STATES,
        states(
            tmp_path,
            "a,USD,1,,2024-01-01,,2024-01-02",
            "a,USD,1,,2024-01-01,2024-03-01,2024-03-02",
            "a,USD,2,,2024-03-01,,2024-03-02",
        ),
    )
    assert report.rows_loaded == 3


def test_broken_rows_can_be_put_aside(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Of two that overlap the one that begins later."""
    origin = states(
        tmp_path,
        "a,USD,1,,2024-01-01,2024-03-01,",
        "a,USD,2,,2024-02-01,,",
        "b,USD,-1,,2024-01-01,,",
        "c,USD,1,,2024-01-01,2023-01-01,",
    )
    report = load(con, STATES, origin, on_bad_rows="quarantine")
    assert (report.rows_read, report.rows_loaded, report.rows_rejected) == (4, 1, 3)
    kept = rows(con, "select row_number, column_name, value, reason from raw.rejected_rows")
    assert sorted(kept) == [
        (
            3,
            "valid_from",
            "2024-02-01 00:00:00",
            "lies in another interval of the item, which ends 2024-03-01 00:00:00",
        ),
        (4, "price", "-1", "is below 0"),
        (5, "valid_to", "2023-01-01 00:00:00", "is not after valid_from, 2024-01-01 00:00:00"),
    ]


def test_a_rule_must_make_sense() -> None:
    odd = InputColumn("price", "integer", minimum="none")
    with pytest.raises(
        InputContractError, match=r"'none', a limit of 'raw\.t\.price', is no number"
    ):
        InputContract("raw", "t", "raw", "t", (odd,))
    rule = Intervals(("item",), "since", "until")
    with pytest.raises(InputContractError, match="name no column: since, until"):
        InputContract("raw", "t", "raw", "t", (COLUMNS[0],), intervals=rule)
