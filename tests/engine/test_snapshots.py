"""Snapshots: the versions that their tables hold after three days.

The project's rows (id plan price, updated_at):
  day 1: (1 basic 10, Jan 1) (2 basic 10, Jan 1) (3 pro 20, Jan 1)
  day 2: (1 pro 20, Jan 2)   (2 basic 11, Jan 1: changed without saying so) (4 basic 10, Jan 2); 3 is gone
  day 3: (1 as before) (3 pro 20, Jan 3: back) (4 pro NULL, Jan 3); 2 is gone; a new column `day`
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from retention_pipeline.api import Command
from retention_pipeline.events import Status
from tests.engine.projects import Built, after, copied


@pytest.fixture
def project(tmp_path: Path) -> Built:
    return copied("snapshots", tmp_path)


def _days(project: Built, columns: str, table: str) -> list[tuple[Any, ...]]:
    """Rows with the given columns; a moment is its day of January 2026, that of a build is 99."""
    day = "case when year({0}) = 2026 and month({0}) = 1 then day({0}) when {0} is not null then 99 end"
    listed = ", ".join(day.format(c) if "valid" in c else c for c in columns.split())
    return project.query(f"select {listed} from {table} order by all nulls last")


def test_by_time(project: Built) -> None:
    after(project, 1, 2, 3)
    # 2 said no new updated_at, so its new price was not seen; 3 was not ended while it was away
    assert _days(project, "id plan price dbt_valid_from dbt_valid_to", "by_time") == [
        (1, "basic", 10, 1, 2),
        (1, "pro", 20, 2, None),
        (2, "basic", 10, 1, None),
        (3, "pro", 20, 1, 3),
        (3, "pro", 20, 3, None),
        (4, "basic", 10, 2, 3),
        (4, "pro", None, 3, None),
    ]
    # md5('1' || '|' || '2026-01-01 00:00:00'), as dbt makes it
    ids = project.query("select dbt_scd_id from by_time where id = 1 and plan = 'basic'")
    assert ids == project.query("select md5('1|2026-01-01 00:00:00')")


def test_own_names_an_own_end_and_ended_when_gone(project: Built) -> None:
    after(project, 1, 2, 3)
    rows = project.query(
        "select id, day(valid_from), case when year(valid_to) = 9999 then 'open'"
        " when month(valid_to) = 1 then 'changed' else 'gone' end from by_time_until_9999 order by all"
    )
    assert rows == [
        (1, 1, "changed"),
        (1, 2, "open"),
        (2, 1, "gone"),
        (3, 1, "gone"),
        (3, 3, "open"),
        (4, 2, "changed"),
        (4, 3, "open"),
    ]


def test_by_columns(project: Built) -> None:
    after(project, 1, 2, 3)
    rows = project.query(
        "select id, plan, price, dbt_valid_to is null from main_history.by_columns order by all"
    )
    assert rows == [
        (1, "basic", 10, False),
        (1, "pro", 20, True),
        (2, "basic", 10, False),
        (2, "basic", 11, True),
        (3, "pro", 20, True),  # the same on its return
        (4, "basic", 10, False),
        (4, "pro", None, True),
    ]
    old = project.query(
        "select id, plan, dbt_valid_to is null from old_way.in_a_block order by all"
    )
    assert old == [
        (1, "basic", False),
        (1, "pro", True),
        (2, "basic", False),  # gone
        (3, "pro", False),  # gone, and back
        (3, "pro", True),
        (4, "basic", False),
        (4, "pro", True),
    ]


def test_a_new_column_makes_a_new_version_of_every_row(project: Built) -> None:
    """dbt's rule for check_cols: all."""
    after(project, 1, 2)
    assert len(project.rows("by_all_columns")) == 6  # 1, 2, 3, and new versions of 1 and 2, and 4
    after(project, 3)
    assert len(project.rows("by_all_columns")) == 9  # and of 1, 3 and 4, which are there on day 3


def test_graves(project: Built) -> None:
    after(project, 1, 2, 3)
    rows = _days(project, "id dbt_is_deleted dbt_valid_from dbt_valid_to", "with_graves")
    assert rows == [
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


def test_history_outlives_everything(project: Built) -> None:
    after(project, 1, 2)
    again = {s.name: s.status for s in project.build(day=2).steps if s.kind == "snapshot"}
    assert set(again.values()) == {Status.REUSED}
    before = project.rows("by_time")
    assert project.build(day=2, full_refresh=True).ok
    assert project.rows("by_time") == before
    project.edit("snapshots/snapshots.yml", "  - name: by_time\n", "  - name: by_time_now\n")
    project.edit("models/current_plans.sql", "by_time", "by_time_now")
    after(project, 2)
    assert project.rows("by_time") == before


def test_a_key_of_two_rows_is_refused(project: Built) -> None:
    """dbt adds and ends versions of both, and never says so."""
    after(project, 1)
    before = project.rows("by_time")
    project.edit("seeds/versions.csv", "2,4,us", "2,1,us")
    failed = {s.name: s for s in project.build(day=2).steps if s.status is Status.FAILED}
    assert "unique_key (id) is not unique: 2 rows have 1" in failed["by_time"].message
    assert str(failed["by_time"].at).endswith("snapshots/snapshots.yml")
    assert project.rows("by_time") == before


def test_wider_types_are_made_room_for(project: Built) -> None:
    after(project, 1)
    project.edit("models/customers.sql", "price,", "cast(price as bigint) * 1000000000 as price,")
    after(project, 2)
    assert project.query("select max(price) from by_time") == [(20_000_000_000,)]


def test_the_snapshot_command_makes_snapshots_only(project: Built) -> None:
    assert project.build(command=Command.SEED).ok
    assert project.build("customers", command=Command.RUN).ok
    results = project.build(command=Command.SNAPSHOT)
    assert results.ok, project.told
    assert {s.kind for s in results.steps} == {"snapshot"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("strategy: timestamp", "strategy: timestmp", "did you mean 'timestamp'"),
        (
            "{strategy: timestamp, updated_at: updated_at}",
            "{strategy: timestamp}",
            "needs updated_at",
        ),
        ("check_cols: all, ", "", "needs check_cols"),
        ("hard_deletes: invalidate", "hard_deletes: end", "hard_deletes 'end' is unknown"),
        ("dbt_valid_from: valid_from", "valid_from: valid_from", "did you mean 'dbt_valid_from'"),
        ("updated_at: updated_at}", "updated_at: updatd_at}", "updatd_at"),
        (
            "relation: ref('customers')\n    config: {strategy: timestamp",
            "config: {strategy: timestamp",
            "no relation",
        ),
        ("relation: ref('customers')", "relation: ref('customer')", "did you mean 'customers'"),
    ],
)
def test_faults_are_found_before_anything_runs(
    project: Built, old: str, new: str, said: str
) -> None:
    project.edit("snapshots/snapshots.yml", old, new)
    with pytest.raises(Exception, match=said) as error:
        project.build(day=1)
    assert "snapshots.yml" in str(error.value)
    assert not project.database.exists()


def test_a_block_without_an_end(project: Built) -> None:
    project.edit("snapshots/in_a_block.sql", "{% endsnapshot %}", "")
    with pytest.raises(
        Exception, match=r"in_a_block.sql:1: RP101 snapshot 'in_a_block' has no end"
    ):
        project.build(day=1)
