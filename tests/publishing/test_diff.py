"""diff(): every case worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from retention_pipeline.diff import ColumnChange, Diff, MartDiff, Sample, Side, diff
from retention_pipeline.diff_report import as_json, as_markdown, as_text
from retention_pipeline.engine import Engine
from retention_pipeline.errors import EngineError
from tests.publishing.shelf import Shelf


class Pair:
    """Two databases: `left` a file, `right` the engine's own."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.path, self.engine = folder / "left.duckdb", engine
        engine.query(f"attach '{self.path}' as other")
        for catalog in ("other", "memory"):
            engine.query(f"create schema {catalog}.marts")

    def table(self, name: str, left: str | None, right: str | None) -> None:
        for catalog, sql in (("other", left), ("memory", right)):
            if sql is not None:
                self.engine.query(f"create table {catalog}.marts.{name} as {sql}")

    def compare(self, key: Sequence[str] = (), samples: int = 5) -> Diff:
        self.engine.query("detach other")
        sides = Side("published", self.path), Side("working")
        return diff(self.engine, *sides, {"m": list(key)}, samples)

    def mart(self, key: Sequence[str] = (), samples: int = 5) -> MartDiff:
        (found,) = self.compare(key, samples).marts
        return found


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with Engine(":memory:") as engine:
        yield Pair(tmp_path, engine)


def values(columns: str, *rows: str) -> str:
    return f"select * from (values {', '.join(f'({row})' for row in rows)}) as v({columns})"


def test_equal_tables_do_not_differ(pair: Pair) -> None:
    rows = ("1, 'a', 1.5", "2, null, null")
    pair.table("m", values("k, t, x", *rows), values("k, t, x", *reversed(rows)))
    found = pair.mart(["k"])
    assert found.is_same
    assert (found.left_rows, found.right_rows, found.columns, found.samples) == (2, 2, (), ())


def test_added_removed_and_changed_rows_by_key(pair: Pair) -> None:
    pair.table(
        "m",
        values("k, t, x", "1, 'a', 10.0", "2, 'b', 20.0", "3, 'c', 30.0", "4, 'd', 0.0"),
        values(
            "k, t, x", "2, 'b', 25.0", "3, 'z', 30.0", "4, 'd', 1.0", "5, 'e', 50.0", "6, 'f', 1.0"
        ),
    )
    found = pair.mart(["k"])
    assert (found.added, found.removed, found.changed) == (2, 1, 3)
    # x: 20 -> 25 and 0 -> 1; relative only where the old value is not 0: 5 / 20
    assert found.columns == (ColumnChange("t", 1), ColumnChange("x", 2, 5.0, 0.25))
    assert found.samples == (
        Sample("removed", {"k": "1"}),
        Sample("added", {"k": "5"}),
        Sample("added", {"k": "6"}),
        Sample("changed", {"k": "2"}, {"x": ("20.0", "25.0")}),
        Sample("changed", {"k": "3"}, {"t": ("c", "z")}),
        Sample("changed", {"k": "4"}, {"x": ("0.0", "1.0")}),
    )


def test_a_key_of_several_columns_one_of_them_null(pair: Pair) -> None:
    pair.table(
        "m",
        values("d, k, x", "date '2024-01-01', null, 1", "date '2024-01-01', 'a', 1"),
        values("d, k, x", "date '2024-01-01', null, 2", "date '2024-02-01', 'a', 1"),
    )
    found = pair.mart(["d", "k"])
    assert (found.added, found.removed, found.changed) == (1, 1, 1)
    assert found.samples[2] == Sample("changed", {"d": "2024-01-01", "k": None}, {"x": ("1", "2")})


def test_null_and_a_value_differ_without_a_size(pair: Pair) -> None:
    pair.table("m", values("k, x", "1, null::int"), values("k, x", "1, 5"))
    assert pair.mart(["k"]).columns == (ColumnChange("x", 1, None, None),)


def test_infinite_numbers_have_no_size(pair: Pair) -> None:
    left = values("k, x", "1, 'inf'::double", "2, 'nan'::double", "3, 4.0::double")
    right = values("k, x", "1, 1.0::double", "2, 'nan'::double", "3, 3.0::double")
    pair.table("m", left, right)
    assert pair.mart(["k"]).columns == (ColumnChange("x", 2, 1.0, 0.25),)


def test_samples_are_the_first_by_key_and_not_more_than_wanted(pair: Pair) -> None:
    pair.table("m", "select range as k from range(0)", "select 99 - range as k from range(100)")
    found = pair.mart(["k"], samples=3)
    assert found.added == 100
    assert [sample.key for sample in found.samples] == [{"k": "0"}, {"k": "1"}, {"k": "2"}]


def test_columns_that_come_go_or_change_type(pair: Pair) -> None:
    pair.table(
        "m",
        "select 1 as k, 1::integer as n, '7' as word, 2 as gone",
        "select 1 as k, 1::bigint as n, 7 as word, 3 as fresh",
    )
    found = pair.mart(["k"])
    assert not found.is_same
    assert found.columns_added == {"fresh": "integer"}
    assert found.columns_removed == {"gone": "integer"}
    assert found.types_changed == {"n": ("integer", "bigint"), "word": ("varchar", "integer")}
    assert (found.changed, found.columns) == (0, ())


def test_without_a_key_rows_are_counted_as_multisets(pair: Pair) -> None:
    pair.table("m", values("a", "1", "1", "2"), values("a", "1", "2", "2", "3"))
    found = pair.mart()
    assert (found.added, found.removed, found.changed) == (2, 1, None)
    assert found.note == "no primary key: whole rows are counted"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("1, 1", "1, 2"), ("1, 1",)),
        (("1, 1",), ("1, 1", "1, 2")),
        (("1, 1", "1, 1"), ("1, 1", "1, 1")),
    ],
)
def test_a_key_that_is_not_unique_is_said(
    pair: Pair, left: Sequence[str], right: Sequence[str]
) -> None:
    pair.table("m", values("k, x", *left), values("k, x", *right))
    found = pair.mart(["k"])
    assert found.note == "k is not unique: whole rows are counted"
    assert found.added + found.removed == abs(len(left) - len(right))


def test_a_key_that_one_side_lacks_is_said(pair: Pair) -> None:
    pair.table("m", "select 1 as id, 2 as x", "select 1 as k, 2 as x")
    found = pair.mart(["k"])
    assert found.note == "the key column k is on one side only: whole rows are counted"
    assert (found.added, found.removed) == (0, 0)


def test_nothing_in_common(pair: Pair) -> None:
    pair.table("m", "select 1 as a", "select 1 as b")
    assert pair.mart().note == "no primary key; no column in common"


def test_a_mart_on_one_side_only(pair: Pair) -> None:
    pair.table("m", None, "select 1 as k")
    pair.table("old", "select 1 as k union all select 2", None)
    new, old = pair.compare(["k"]).marts
    assert (new.left_rows, new.right_rows, new.note) == (None, 1, "only in right")
    assert (old.left_rows, old.right_rows, old.note) == (2, None, "only in left")
    assert not new.is_same


def test_two_published_versions(published: Shelf) -> None:
    published.put("customers", "select 'ann' as customer_id, 3 as orders", "v2")
    published.publish()
    before = published.folder / "versions" / "retention-b001.duckdb"
    with Engine(":memory:") as engine:
        sides = Side("b001", before), Side("b002", published.path)
        found = diff(engine, *sides, {"customers": ["customer_id"]})
    assert [mart.name for mart in found.marts] == ["customers", "months", "orders"]
    assert [mart.is_same for mart in found.marts] == [False, True, True]
    assert found.marts[0].columns == (ColumnChange("orders", 1, 1.0, 0.5),)


def test_equal_data_versions_are_believed(published: Shelf) -> None:
    """The published rows are not read: the working table is emptied and nothing is seen."""
    published.engine.query("delete from marts.orders")
    versions = {name: mart.data_version for name, mart in published.marts.items()}
    sides = Side("published", published.path), Side("working", None, versions)
    assert diff(published.engine, *sides, {}).is_same
    assert not diff(published.engine, sides[0], Side("working"), {}).is_same


def test_only_some_marts(published: Shelf) -> None:
    sides = Side("published", published.path), Side("working")
    found = diff(published.engine, *sides, {}, marts=["orders"])
    assert [mart.name for mart in found.marts] == ["orders"]


def test_a_file_that_cannot_be_compared(tmp_path: Path) -> None:
    (tmp_path / "x.duckdb").write_text("no database")
    with Engine(":memory:") as engine:
        for name in ("x.duckdb", "missing.duckdb"):
            with pytest.raises(EngineError):
                diff(engine, Side("a", tmp_path / name), Side("b"), {})


# -- what is said -------------------------------------------------------------------------------
@pytest.fixture
def found(pair: Pair) -> Diff:
    pair.table(
        "m",
        "select * from (values ('a|b', 1, 10.0, 1), ('c', 2, 20.0, 1)) as v(k, n, x, gone)",
        "select * from (values ('a|b', 1, 15.0), ('d', 2, 20.0)) as v(k, n, x)",
    )
    pair.table("old", "select 1 as k", None)
    pair.table("same", "select 1 as k", "select 1 as k")
    return pair.compare(["k"])


def test_text(found: Diff) -> None:
    assert as_text(found) == [
        "published -> working: 2 of 3 marts differ",
        "",
        "m: 2 rows: 1 added, 1 removed, 1 changed",
        "  column gone integer is gone",
        "  x differs in 1 row, by at most 5 or 50%",
        "  removed k=c",
        "  added k=d",
        "  changed k=a|b: x 10.0 -> 15.0",
        "",
        "old: mart is gone (1 rows)",
    ]


def test_markdown(found: Diff) -> None:
    assert as_markdown(found).splitlines() == [
        "### Marts: published → working",
        "",
        "2 of 3 marts differ.",
        "",
        "| mart | rows | added | removed | changed | columns |",
        "|---|--:|--:|--:|--:|---|",
        "| m | 2 | 1 | 1 | 1 | x, -gone |",
        "| old | 1 → none | 0 | 0 | 0 | only in left |",
        "",
        "<details><summary>m</summary>",
        "",
        "- column gone integer is gone",
        "- x differs in 1 row, by at most 5 or 50%",
        "- removed k=c",
        "- added k=d",
        "- changed k=a\\|b: x 10.0 -> 15.0",
        "",
        "</details>",
    ]


def test_json(found: Diff) -> None:
    document = json.loads(as_json(found))
    assert [(m["name"], m["is_same"]) for m in document["marts"]] == [
        ("m", False),
        ("old", False),
        ("same", True),
    ]
    assert document["marts"][0]["columns"] == [
        {"name": "x", "rows": 1, "max_absolute": 5.0, "max_relative": 0.5}
    ]
    assert document["marts"][0]["samples"][2]["values"] == {"x": ["10.0", "15.0"]}


def test_no_difference(pair: Pair) -> None:
    pair.table("m", "select 1 as k", "select 1 as k")
    found = pair.compare(["k"])
    assert found.is_same
    assert as_text(found) == ["published -> working: no difference in 1 marts"]
    assert "no difference in 1 marts." in as_markdown(found)
