"""Tables that keep history on a server: what they hold after each day is what DuckDB's hold.

The expectations are those of tests/engine/test_incremental.py and test_snapshots.py, worked by hand there.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from retention_pipeline.engines.spark.session import Sessions
from retention_pipeline.events import Status
from tests.conftest import CHECKOUT
from tests.spark.building import OnSpark, named

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
MERGE_SETTINGS = "merged_in_part"  # its merge_* settings are refused


@pytest.fixture(params=["sail", "spark"])
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sessions]:
    server: Sessions = request.getfixturevalue(request.param)
    found = Sessions(named(server.remote, (tmp_path / "tables").as_uri()))
    yield found
    found.close()


def _project(name: str, own: Sessions, folder: Path) -> OnSpark:
    shutil.copytree(CHECKOUT / "tests/dbt_projects" / name, folder / name)
    project = OnSpark(folder / name, own.remote)
    project.edit("profiles.yml", "type: spark", "type: spark, schema: marts")
    return project


def test_every_strategy_after_three_days(own: Sessions, tmp_path: Path) -> None:
    project = _project("incremental", own, tmp_path)
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
    assert project.build("+merged_in_part", day=1).ok, project.said
    results = project.build("+merged_in_part", day=2)
    (failed,) = (s for s in results.steps if s.status is Status.FAILED)
    assert "merge_* settings are not possible on Spark" in failed.message
    assert str(failed.at).endswith("merged_in_part.sql")
