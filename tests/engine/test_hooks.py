"""Hooks: what they said, in order; what happens when one fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from retention_pipeline.events import Status
from tests.engine.projects import Built, copied

FIRST = ["before first_one", "after first_one", "committed first_one"]
SECOND = ["before second_one", "after second_one", "committed second_one"]


@pytest.fixture
def project(tmp_path: Path) -> Built:
    return copied("hooks", tmp_path)


def _heard(project: Built) -> list[str]:
    return [row[0] for row in project.query("select said from heard order by number")]


def test_hooks_run_around_models_and_runs(project: Built) -> None:
    results = project.build()
    assert results.ok, project.told
    end = "end after 2 results in main"
    assert _heard(project) == ["start", *FIRST, *SECOND, end]
    # the model's own hooks come after those of dbt_project.yml: 1, and 2 and 3 less 3
    assert project.rows("first_one") == [(1,), (2,)]
    assert next(s.rows for s in results.steps if s.name == "first_one") == 2
    assert project.build().ok  # nothing to build: only the hooks of the run
    assert _heard(project)[-2:] == ["start", end]
    assert len(_heard(project)) == 10


def test_a_hook_inside_the_transaction_takes_the_model_back(project: Built) -> None:
    assert project.build().ok
    project.edit("models/first_one.sql", "select 1 as x", "select 7 as x")
    project.edit("models/first_one.sql", "delete from {{ this }} where x = 3", "select nope")
    failed = {s.name: s for s in project.build().steps}
    assert failed["first_one"].status is Status.FAILED
    assert "hook `select nope`" in failed["first_one"].message
    assert str(failed["first_one"].at).endswith("models/first_one.sql")
    assert failed["second_one"].status is Status.SKIPPED
    assert project.rows("first_one") == [(1,), (2,)]


def test_a_failing_hook_after_the_commit_is_tried_again(project: Built) -> None:
    project.edit("models/first_one.sql", "delete from main.heard where number < 0", "select nope")
    for _ in range(2):
        failed = next(s for s in project.build().steps if s.name == "first_one")
        assert failed.status is Status.FAILED


def test_a_failing_start_hook_lets_nothing_run(project: Built) -> None:
    project.edit("dbt_project.yml", "{{ hear('start') }}", "select nope")
    results = project.build()
    assert not results.ok
    assert [s.status for s in results.steps if s.kind == "model"] == [Status.SKIPPED] * 2
    assert _heard(project) == ["end after 2 results in main"]


def test_a_wrong_reference_in_a_hook_is_found_before_anything_runs(project: Built) -> None:
    project.edit(
        "models/second_one.sql", 'pre_hook=""', "pre_hook=\"select * from {{ ref('first') }}\""
    )
    with pytest.raises(Exception, match=r"did you mean 'first_one'"):
        project.build()
    project.edit("models/second_one.sql", "ref('first')", "ref('first_one')")
    assert project.build().ok
