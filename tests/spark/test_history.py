"""Tables that keep history on a server: what they hold after each day is what DuckDB's hold.

The expectations are those of tests/engine/test_incremental.py and test_snapshots.py, worked by hand there.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from retention_pipeline.api import Options, show
from retention_pipeline.engines.spark.session import Sessions
from retention_pipeline.errors import UnportableError
from retention_pipeline.events import Status
from tests.conftest import CHECKOUT
from tests.spark.building import FORMATS, SALT, OnSpark, named, skip_unless_it_writes

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
MERGE_SETTINGS = "merged_in_part"  # its merge_* settings are refused


@pytest.fixture(params=["sail", "spark"])
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sessions]:
    server: Sessions = request.getfixturevalue(request.param)
    found = Sessions(named(server.remote, (tmp_path / "tables").as_uri()))
    yield found
    found.close()


def _project(name: str, own: Sessions, folder: Path, table_format: str = "parquet") -> OnSpark:
    shutil.copytree(CHECKOUT / "tests/dbt_projects" / name, folder / name)
    project = OnSpark(folder / name, own.remote, format=table_format)
    project.edit("profiles.yml", "type: spark", "type: spark, schema: marts")
    return project


@pytest.mark.parametrize("table_format", FORMATS)
def test_every_strategy_after_three_days(own: Sessions, tmp_path: Path, table_format: str) -> None:
    skip_unless_it_writes(own, table_format)
    project = _project("incremental", own, tmp_path, table_format)
    (project.root / f"models/{MERGE_SETTINGS}.sql").unlink()
    for day in (1, 2, 3):
        assert project.build(day=day).ok, project.said
    assert len(project.rows(own, "appended")) == 7  # every row of every day, once
    by_id = [(1, "us", 11), (2, "eu", 21), (3, "us", 30), (4, "us", 41)]
    assert project.rows(own, "keyed") == by_id
    assert project.rows(own, "merged") == by_id
    assert project.rows(own, "keyed_by_two") == [(1, "eu", 10), *by_id]  # (1, eu), (1, us) are two
    again = project.build(day=3)
    assert {s.status for s in again.steps} == {Status.REUSED}


def test_merge_settings_are_refused(own: Sessions, tmp_path: Path) -> None:
    project = _project("incremental", own, tmp_path)
    with pytest.raises(UnportableError, match="merge_") as caught:
        project.build(day=1)
    assert str(caught.value.at).endswith("merged_in_part.sql")


def _days(project: OnSpark, own: Sessions, columns: str, table: str) -> list[tuple[Any, ...]]:
    """Rows with the given columns; a moment is its day of January 2026, that of a build is 99."""
    day = "case when year({0}) = 2026 and month({0}) = 1 then day({0}) when {0} is not null then 99 end"
    listed = ", ".join(day.format(c) if "valid" in c else c for c in columns.split())
    return project.ask(own, f"select {listed} from {table}")


@pytest.mark.parametrize("table_format", FORMATS)
def test_snapshots_after_three_days(own: Sessions, tmp_path: Path, table_format: str) -> None:
    skip_unless_it_writes(own, table_format)
    project = _project("snapshots", own, tmp_path, table_format)
    for day in (1, 2, 3):
        assert project.build(day=day).ok, project.said
    assert _days(project, own, "id plan price dbt_valid_from dbt_valid_to", "by_time") == [
        (1, "basic", 10, 1, 2),
        (1, "pro", 20, 2, None),
        (2, "basic", 10, 1, None),
        (3, "pro", 20, 1, 3),
        (3, "pro", 20, 3, None),
        (4, "basic", 10, 2, 3),
        (4, "pro", None, 3, None),
    ]
    # md5('1' || '|' || '2026-01-01 00:00:00'), as dbt makes it
    ids = project.ask(own, "select dbt_scd_id from by_time where id = 1 and plan = 'basic'")
    assert ids == [(hashlib.md5(b"1|2026-01-01 00:00:00").hexdigest(),)]
    until = (
        "select id, day(valid_from), case when year(valid_to) = 9999 then 'open'"
        " when month(valid_to) = 1 then 'changed' else 'gone' end from by_time_until_9999"
    )
    assert project.ask(own, until) == [
        (1, 1, "changed"),
        (1, 2, "open"),
        (2, 1, "gone"),
        (3, 1, "gone"),
        (3, 3, "open"),
        (4, 2, "changed"),
        (4, 3, "open"),
    ]
    by_columns = "select id, plan, price, dbt_valid_to is null as o from {{ ref('by_columns') }}"
    options = Options(project_dir=project.root, environ=SALT, target="spark", vars={"day": 3})
    assert sorted(show(options, None, by_columns, -1)[1], key=repr) == [
        (1, "basic", 10, False),
        (1, "pro", 20, True),
        (2, "basic", 10, False),
        (2, "basic", 11, True),
        (3, "pro", 20, True),  # the same on its return
        (4, "basic", 10, False),
        (4, "pro", None, True),
    ]
    assert len(project.ask(own, "select id from by_all_columns")) == 9
    assert _days(project, own, "id dbt_is_deleted dbt_valid_from dbt_valid_to", "with_graves") == [
        (1, "False", 1, 2),
        (1, "False", 2, None),
        (2, "False", 1, 99),
        (2, "True", 99, None),
        (3, "False", 1, 99),
        (3, "False", 3, None),
        (3, "True", 99, 3),
        (4, "False", 2, 3),
        (4, "False", 3, None),
    ]
    again = {s.name: s.status for s in project.build(day=3).steps if s.kind == "snapshot"}
    assert set(again.values()) == {Status.REUSED}
