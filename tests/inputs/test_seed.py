"""Seeds that no contract describes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from retention_pipeline.errors import InputError
from retention_pipeline.inputs import BadRowsError
from retention_pipeline.inputs.errors import SeedError, UnreadableInputError
from retention_pipeline.inputs.seed import load_seed
from tests.inputs.conftest import rows

GRID = "segment,r_from,share,since,is_open\nChampions,5,0.5,2024-01-01,true\n,1,1,2024-02-01,\n"


def write(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "rfm_grid.csv"
    path.write_text(content, encoding="utf-8")
    return path


def test_types_are_inferred(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    report = load_seed(con, "reference", "rfm_grid", write(tmp_path, GRID), {})
    assert rows(con, "from reference.rfm_grid") == [
        ("Champions", 5, 0.5, date(2024, 1, 1), True),
        (None, 1, 1.0, date(2024, 2, 1), None),
    ]
    assert report.rows_loaded == 2


def test_types_are_given(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    types = {"R_FROM": "tinyint", "share": "decimal(18,4)", "since": "varchar"}
    load_seed(con, "reference", "rfm_grid", write(tmp_path, GRID), types)
    described = [row[1] for row in rows(con, "describe reference.rfm_grid")]
    assert described == ["VARCHAR", "TINYINT", "DECIMAL(18,4)", "VARCHAR", "BOOLEAN"]
    assert rows(con, "select share from reference.rfm_grid")[0] == (Decimal("0.5"),)


def test_a_seed_of_one_column_or_of_no_rows(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    load_seed(con, "main", "codes", write(tmp_path, "code\nPOST\nDOT\n"), {})
    assert rows(con, "from codes") == [("POST",), ("DOT",)]
    load_seed(con, "main", "codes", write(tmp_path, "code,n\n"), {"n": "bigint"})
    assert [row[1] for row in rows(con, "describe codes")] == ["VARCHAR", "BIGINT"]


def test_a_bad_value_changes_nothing(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    load_seed(con, "main", "grid", write(tmp_path, GRID), {})
    before = rows(con, "from grid")
    with pytest.raises(BadRowsError, match="line 2, segment: 'Champions' is not an integer"):
        load_seed(con, "main", "grid", write(tmp_path, GRID), {"segment": "integer"})
    assert rows(con, "from grid") == before


@pytest.mark.parametrize(
    ("content", "types", "message"),
    [
        ("a,A\n1,2\n", {}, "the header has the column 'A' twice"),
        ("a,,c\n1,2,3\n", {}, "column 2 of the header has no name"),
        ("segment,x\n1,2\n", {"segmnt": "integer"}, "did you mean 'segment'?"),
        ("a,b\n1\n", {}, "has fewer values than the header (1 of 2)"),
    ],
)
def test_seeds_that_cannot_be(
    con: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    content: str,
    types: dict[str, str],
    message: str,
) -> None:
    with pytest.raises(InputError) as caught:
        load_seed(con, "main", "grid", write(tmp_path, content), types)
    assert message in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_a_seed_that_is_gone(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError):
        load_seed(con, "main", "grid", tmp_path / "gone.csv", {})
    assert SeedError.code == "RP313"
