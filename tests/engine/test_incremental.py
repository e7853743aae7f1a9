"""Incremental models: what their tables hold after each day, and what is refused.

The project's rows (day, id, region, value):
  day 1: (1 eu 10) (2 eu 20) (3 us 30)   day 2: (2 eu 21) (4 us 40)   day 3: (4 us 41) (1 us 11)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import retention_pipeline.run as run_module
from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.events import Status
from retention_pipeline.materialize import making
from tests.engine.projects import Built, after, copied

UNIT_TESTS = """\
unit_tests:
  - name: only_newer_days_are_appended
    model: appended
    overrides: {macros: {is_incremental: true}, vars: {day: 3}}
    given:
      - input: ref('new_rows')
        rows: [{id: 1, region: eu, value: 1, day: 1}, {id: 2, region: eu, value: 2, day: 2}]
      - input: this
        rows: [{id: 1, region: eu, value: 1, day: 1}]
    expect:
      rows: [{id: 2, region: eu, value: 2, day: 2}]
  - name: a_first_build_takes_all_days
    model: appended
    given:
      - input: ref('new_rows')
        rows: [{id: 1, region: eu, value: 1, day: 1}, {id: 2, region: eu, value: 2, day: 2}]
    expect:
      rows: [{id: 1, day: 1}, {id: 2, day: 2}]
"""


@pytest.fixture
def project(tmp_path: Path) -> Built:
    return copied("incremental", tmp_path)


def test_every_strategy_after_three_days(project: Built) -> None:
    after(project, 1, 2, 3)
    assert len(project.rows("appended")) == 7  # every row of every day, once
    by_id = [(1, "us", 11), (2, "eu", 21), (3, "us", 30), (4, "us", 41)]
    assert project.rows("keyed") == by_id
    assert project.rows("merged") == by_id
    # (1, eu) and (1, us) are two keys
    assert project.rows("keyed_by_two") == [(1, "eu", 10), *by_id]
    # only `value` is updated, so 1 stays in eu; day 2's new id 4 is in us, so it is inserted
    in_part = [(1, "eu", 11), (2, "eu", 21), (3, "us", 30), (4, "us", 41)]
    assert project.rows("merged_in_part") == in_part
    # rows with value <= 20 are out of the predicate's sight: 10 and 20 stay beside the new ones
    recent = [
        (1, "eu", 10),
        (1, "us", 11),
        (2, "eu", 20),
        (2, "eu", 21),
        (3, "us", 30),
        (4, "us", 41),
    ]
    assert project.rows("only_recent") == recent
    # region came on day 2: rows that were not touched since have none
    assert project.rows("grows") == [(1, 11, "us"), (2, 21, "eu"), (3, 30, None), (4, 41, "us")]
    followed = [(1, "11", "us"), (2, "21", "eu"), (3, "30", None), (4, "41", "us")]
    assert project.rows("follows") == followed


def test_nothing_new_runs_nothing(project: Built) -> None:
    after(project, 1, 2)
    again = project.build(day=2)
    assert {s.status for s in again.steps if s.kind == "model"} == {Status.REUSED}


def test_rows_that_are_there_already_change_nothing_below(project: Built) -> None:
    """The increment runs, for its parent changed; its reader is not built for it."""
    after(project, 1)
    project.edit("seeds/changes.csv", "2,2,eu,21", "2,2,eu,22")  # not yet due on day 1
    results = {s.name: s for s in project.build(day=1, threads=1).steps}
    assert results["appended"].status in (Status.OK, Status.REUSED)
    assert results["reader"].status is Status.REUSED


def test_full_refresh_forgets_and_its_own_config_protects(project: Built) -> None:
    project.edit("models/merged.sql", "unique_key", "full_refresh=false, unique_key")
    after(project, 1, 2)
    assert project.build(day=2, full_refresh=True).ok
    assert project.rows("keyed") == [(2, "eu", 21), (4, "us", 40)]
    assert len(project.rows("merged")) == 4


def test_changed_sql_goes_on_with_the_history(project: Built) -> None:
    after(project, 1)
    project.edit("models/keyed.sql", "value from", "value + 100 as value from")
    after(project, 2)
    assert project.rows("keyed") == [(1, "eu", 10), (2, "eu", 121), (3, "us", 30), (4, "us", 140)]


def test_a_new_column_is_never_dropped_silently(project: Built) -> None:
    after(project, 1)
    project.edit("models/keyed.sql", "select id,", "select 1 as extra, id,")
    failed = project.build(day=2)
    step = next(s for s in failed.steps if s.name == "keyed")
    assert step.status is Status.FAILED
    assert "extra integer is new" in step.message
    assert str(step.at).endswith("models/keyed.sql")
    assert "on_schema_change" in str(step.fix)
    assert project.rows("keyed") == [(1, "eu", 10), (2, "eu", 20), (3, "us", 30)]
    project.edit(
        "models/keyed.sql", 'unique_key="id"', 'unique_key="id", on_schema_change="ignore"'
    )
    results = project.build(day=2)
    assert "leaves out extra" in next(s.message for s in results.steps if s.name == "keyed")
    assert len(project.rows("keyed")) == 4


@pytest.mark.parametrize("strategy", ["delete+insert", "merge"])
@pytest.mark.parametrize("key", ['"id"', '["id", "region"]'])
def test_null_is_a_key_like_any_other(project: Built, strategy: str, key: str) -> None:
    """dbt compares keys with `=`: it would add the row without a key anew every time."""
    (project.root / "models/models.yml").unlink()  # they test that no id is missing
    project.write("seeds/changes.csv", "day,id,region,value\n1,,eu,1\n1,5,,2\n2,,eu,3\n2,5,,4\n")
    project.write(
        "models/keyed.sql",
        f'{{{{ config(unique_key={key}, incremental_strategy="{strategy}") }}}}\n'
        "select id, region, value from {{ ref('new_rows') }} where day = {{ var('day') }}\n",
    )
    after(project, 1, 2)
    assert sorted(project.rows("keyed"), key=str) == [(5, None, 4), (None, "eu", 3)]


def test_a_failing_increment_leaves_everything_as_it_was(project: Built) -> None:
    after(project, 1)
    before = project.rows("follows")
    project.edit("models/follows.sql", "cast(value as varchar)", "error('no')")
    failed = next(s for s in project.build(day=2).steps if s.name == "follows")
    assert failed.status is Status.FAILED
    assert failed.message == "Invalid Input Error: no"
    assert str(failed.at).endswith("models/follows.sql")
    assert project.rows("follows") == before


def test_both_branches_are_bound_before_anything_runs(project: Built) -> None:
    project.edit("models/appended.sql", "day > (select max(day)", "day > (select max(dya)")
    with pytest.raises(Exception, match='"dya" not found') as error:
        project.build(day=1)
    assert "models/appended.sql:3" in str(error.value)
    assert not project.database.exists()


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('incremental_strategy="merg"', "did you mean 'merge'"),
        ('incremental_strategy="microbatch"', "not supported"),
        ('on_schema_change="append_columns"', "did you mean 'append_new_columns'"),
        ('incremental_strategy="merge", merge_clauses={"matched": []}', "when_matched"),
        ("unique_key=1", "unique_key must be"),
    ],
)
def test_settings_are_checked_before_anything_runs(project: Built, setting: str, said: str) -> None:
    project.edit(
        "models/new_rows.sql", 'materialized="view"', f'materialized="incremental", {setting}'
    )
    with pytest.raises(Exception, match=said):
        project.build(day=1)


def test_unit_tests_choose_the_branch_and_give_this(project: Built) -> None:
    project.write("models/units.yml", UNIT_TESTS)
    results = project.build(day=1)
    assert results.ok
    assert [s.status for s in results.steps if s.kind == "unit test"] == [Status.OK] * 2
    project.edit("models/appended.sql", "day > (", "day >= (")
    failed = [s for s in project.build(day=1).steps if s.status is Status.FAILED]
    assert [s.name for s in failed] == ["only_newer_days_are_appended"]


def test_merge_clauses_and_expressions(project: Built) -> None:
    merge: dict[str, Any] = {
        "when_matched": [
            {"condition": "DBT_INTERNAL_SOURCE.value = 21", "action": "delete"},
            {"action": "update", "mode": "by_name"},
        ],
        "when_not_matched": [{"action": "insert", "mode": "by_name"}],
    }
    text = (
        (project.root / "models/merged.sql")
        .read_text()
        .replace('"merge"', f'"merge", merge_clauses={merge}')
    )
    project.write("models/merged.sql", text)
    after(project, 1, 2, 3)
    # 2 was deleted on day 2 by its value of 21
    assert project.rows("merged") == [(1, "us", 11), (3, "us", 30), (4, "us", 41)]


def test_a_model_that_goes_leaves_its_history(project: Built) -> None:
    after(project, 1)
    (project.root / "models/merged.sql").unlink()
    after(project, 2)
    assert len(project.rows("merged")) == 3
    assert 'kept "main"."merged"' in project.told


@pytest.mark.slow
def test_a_build_cut_off_anywhere_adds_nothing_twice(
    project: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every statement of the step fails once; then the same day is built to its end."""
    after(project, 1)
    ask, left = Engine.query, [-1]  # statements until the cut; below zero nothing is cut

    def cut(engine: Engine, sql: str, shift: int = 0) -> list[tuple[Any, ...]]:
        left[0] -= 1
        if left[0] == 0:
            raise EngineFault("cut off", None, None)
        return ask(engine, sql, shift)

    def make(work: Any, remember: Any) -> Any:
        left[0] = point
        try:
            return whole(work, remember)
        finally:
            left[0] = -1

    whole, point = making.make, 0
    monkeypatch.setattr(Engine, "query", cut)
    monkeypatch.setattr(run_module, "make", make)
    for point in range(1, 40):
        if project.build("+appended", day=2).ok:
            break
        assert len(project.rows("appended")) == 3, point
    assert 5 < point < 39
    assert len(project.rows("appended")) == 5
    assert project.build("+appended", day=2).ok
    assert len(project.rows("appended")) == 5
