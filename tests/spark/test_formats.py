"""Tables of delta and iceberg: built, published, swept; and on delta an increment is a commit of its table."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from retention_pipeline.engines.spark import commits, history
from retention_pipeline.engines.spark.session import Sessions
from retention_pipeline.events import Status
from tests.conftest import CHECKOUT, write_project
from tests.spark.building import OnSpark, named

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
# tests/dbt_projects/incremental: what `keyed` holds after each day, by hand from its seed
FIRST = [(1, "eu", 10), (2, "eu", 20), (3, "us", 30)]
SECOND = [(1, "eu", 10), (2, "eu", 21), (3, "us", 30), (4, "us", 40)]
THIRD = [(1, "us", 11), (2, "eu", 21), (3, "us", 30), (4, "us", 41)]


@pytest.fixture
def own(sail: Sessions, tmp_path: Path) -> Iterator[Sessions]:
    """Sail writes both formats without a jar."""
    found = Sessions(named(sail.remote, (tmp_path / "tables").as_uri()))
    yield found
    found.close()


@pytest.fixture
def days(own: Sessions, tmp_path: Path) -> OnSpark:
    """One incremental model with a key, on delta."""
    root = tmp_path / "days"
    shutil.copytree(CHECKOUT / "tests/dbt_projects/incremental", root)
    for path in root.glob("models/*.sql"):
        if path.stem not in ("new_rows", "keyed", "appended", "reader"):
            path.unlink()
    project = OnSpark(root, own.remote, format="delta")
    project.edit("profiles.yml", "type: spark", "type: spark, schema: marts")
    return project


@pytest.mark.parametrize("table_format", ["delta", "iceberg"])
def test_a_project_on_another_format(own: Sessions, tmp_path: Path, table_format: str) -> None:
    write_project(tmp_path / "shop")
    shop = OnSpark(tmp_path / "shop", own.remote, format=table_format)
    assert shop.build().ok, shop.said
    before = {name for name in shop.tables(own) if name.startswith("customer_orders__")}
    (name,) = before
    extended = own.fetch(f"describe extended {shop.prefix}marts.{name}").to_pylist()
    told = {row["col_name"]: row["data_type"] for row in extended}
    assert told["Provider"] == table_format
    shop.edit("seeds/raw_orders.csv", "20.00,FR", "22.00,FR")
    assert shop.build().ok, shop.said
    # by hand: ann 10.50 + 30.25, bob 22
    rows = [(a, n, str(m), x) for a, n, m, x in shop.rows(own, "customer_orders")]
    assert rows == [("ann", 2, "40.7500", 20.375), ("bob", 1, "22.0000", 22.0)]
    assert {s.status for s in shop.build().steps} == {Status.REUSED}
    after = {name for name in shop.tables(own) if name.startswith("customer_orders__")}
    assert len(after) == 1  # the old version is swept
    assert after != before


def _tables(project: OnSpark, own: Sessions, name: str) -> set[str]:
    return {each for each in project.tables(own) if each.startswith(f"{name}__v")}


def test_an_increment_is_a_commit(days: OnSpark, own: Sessions) -> None:
    assert days.build(day=1).ok, days.said
    first = _tables(days, own, "keyed")
    results = days.build(day=2)
    assert results.ok, days.said
    assert days.rows(own, "keyed") == SECOND
    assert days.rows(own, "reader") == [("eu", 31), ("us", 70)]
    said = {s.name: s.message for s in results.steps}
    assert said["keyed"] == "2 rows by delete+insert, 3 before, 4 now, in place"
    assert said["appended"] == "2 rows by append, 3 before, 5 now, in place"
    days.build(day=3)
    assert days.rows(own, "keyed") == THIRD
    assert len(days.rows(own, "appended")) == 7
    assert _tables(days, own, "keyed") == first
    assert {s.status for s in days.build(day=3).steps} == {Status.REUSED}
    # the rows of day 2 again: by hand 2 -> (eu, 21) as it is, 4 -> (us, 40) as it was
    assert days.build(day=2).ok
    assert days.rows(own, "keyed") == [THIRD[0], *SECOND[1:]]
    days.edit("models/keyed.sql", "where day", "where true and day")
    unchanged = {s.name: s.message for s in days.build("keyed", day=2).steps}
    assert unchanged["keyed"] == "the new rows are there already"


def test_what_was_merged_is_not_seen_before_its_tests_passed(days: OnSpark, own: Sessions) -> None:
    assert days.build(day=1).ok, days.said
    days.edit("seeds/changes.csv", "2,4,us,40", "2,,us,40")  # an id is missing: not_null fails
    results = days.build(day=2)
    assert [s.name for s in results.steps if s.status is Status.FAILED] != []
    assert days.rows(own, "keyed") == FIRST
    # mended; the row without an id has no key that would replace it, so the table is made anew
    days.edit("seeds/changes.csv", "2,,us,40", "2,4,us,40")
    assert days.build(day=2, full_refresh=True).ok, days.said
    assert (
        len(_tables(days, own, "keyed")) == 2
    )  # what was shown until now goes with the next build
    assert days.rows(own, "keyed") == [(2, "eu", 21), (4, "us", 40)]  # the rows of day 2


def test_a_merge_that_nobody_noted_is_not_read(
    days: OnSpark, own: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver dies between the commit and its note: the next increment writes a table anew."""
    assert days.build(day=1).ok, days.said
    first = _tables(days, own, "keyed")

    class Killed(BaseException):
        """Nothing of ours catches it."""

    def die(*given: object) -> str:
        commits.merge(*given)  # type: ignore[arg-type]
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(history, "merge", die)
        with pytest.raises(Killed):
            days.build(day=2)
    assert days.rows(own, "keyed") == FIRST
    results = days.build(day=3)
    assert results.ok, days.said
    # day 2 never came: by hand days 1 and 3
    assert days.rows(own, "keyed") == [(1, "us", 11), (2, "eu", 20), (3, "us", 30), (4, "us", 41)]
    assert "in place" not in {s.name: s.message for s in results.steps}["keyed"]
    days.build(day=3)
    assert first & _tables(days, own, "keyed") == set()  # swept
    with duckdb.connect(str(days.root / "warehouse/spark.duckdb"), read_only=True) as con:
        newest = con.execute(
            "select version from pipeline_spark.made where name = 'keyed' order by seq desc limit 1"
        ).fetchall()
    assert newest[0][0].endswith("@0")
