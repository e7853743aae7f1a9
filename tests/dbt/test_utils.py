"""dbt_utils itself (RETENTION_DBT_UTILS): what is refused before anything runs, and where we do better.

What it makes is compared with dbt in test_projects.py, project `utils`.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.dbt.projects import DATABASE, copied, lies_at, pipeline

UTILS = lies_at("RETENTION_DBT_UTILS")
pytestmark = pytest.mark.skipif(
    UTILS is None, reason="RETENTION_DBT_UTILS names no folder of the package"
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{{ dbt_utils.star(from="people") }}', "expected a Relation but received the value: people"),
        ('{{ dbt_utils.star(ref("only_within_others")) }}', "`only_within_others` is an ephemeral model"),
        ('{{ dbt_utils.surrogate_key(["a"]) }}', "`dbt_utils.surrogate_key` has been replaced"),
        ('{{ dbt_utils.safe_subtract("a") }}', "takes a single list argument"),
        ('{{ dbt_utils.haversine_distance(1, 2, 3, 4, unit="m") }}', "must be one of 'mi' or 'km'"),
        ('{{ dbt_utils.no_such_macro() }}', "no_such_macro"),
        ("{{ dbt_utils.pretty_time() }}", "asks a clock"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_before_anything_runs(text: str, words: str, tmp_path: Path) -> None:
    root = copied("utils", tmp_path)
    (root / "models/wrong.sql").write_text(f"select 1 as one\n-- {{{{ 1 }}}}\n{text}\n")
    done = pipeline(root, ("build", "--no-publish"), {"PROJECT_DATABASE": str(root / DATABASE)})
    assert done.returncode == 2
    assert words in done.stdout
    assert "models/wrong.sql:3" in done.stdout
    assert not (root / DATABASE).exists()


def test_relations_are_found_without_the_macro_that_dbt_needs(tmp_path: Path) -> None:
    """dbt with DuckDB 2.0: «information_schema.tables does not exist»."""
    root = copied("utils", tmp_path)
    (root / "macros/tables.sql").unlink()
    environ = {"PROJECT_DATABASE": str(root / DATABASE)}
    done = pipeline(
        root, ("build", "--no-publish", "--select", "+from_prefix +from_pattern"), environ
    )
    assert done.returncode == 0, done.stdout
    with duckdb.connect(str(root / DATABASE), read_only=True) as con:
        found = con.execute(
            "select id, _dbt_source_relation from from_prefix order by id"
        ).fetchall()
        # part_two.csv has 3 and 4, part_two_backup.csv 9
        two, backup = (f'"build"."main"."{name}"' for name in ("part_two", "part_two_backup"))
        assert found == [(3, two), (4, two), (9, backup)]
        assert con.execute("select name, rows_there from from_pattern order by 1").fetchall() == [
            ("part_one", 2),
            ("part_two", 2),
        ]
