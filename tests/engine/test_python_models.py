"""Python models: what they return becomes a table; their faults have the user's line."""

from __future__ import annotations

from pathlib import Path

import pytest

from retention_pipeline.events import Status
from tests.engine.projects import Built, copied


@pytest.fixture
def project(tmp_path: Path) -> Built:
    return copied("python_models", tmp_path)


def test_relations_and_arrow_tables(project: Built) -> None:
    assert project.build().ok, project.told
    assert project.rows("as_relation") == [("DE", 30, 2), ("FR", 20, 1)]
    assert project.rows("reader") == [("DE", 90), ("FR", 60)]
    assert project.rows("by_session") == [(42, "x")]


def test_they_run_always_and_what_reads_them_only_for_other_rows(project: Built) -> None:
    assert project.build().ok
    again = {s.name: s.status for s in project.build().steps}
    assert (again["as_arrow"], again["reader"]) == (Status.OK, Status.REUSED)
    project.edit("models/models.yml", "factor: 3", "factor: 4")
    assert project.build().ok
    assert project.rows("reader") == [("DE", 120), ("FR", 80)]


@pytest.mark.parametrize(
    ("old", "new", "said", "line"),
    [
        ("sales.filter(", "1 / 0, sales.filter(", "ZeroDivisionError: division by zero", 4),
        ("amount >= 20", "amonut >= 20", "amonut", 4),
        ("return sales", "return 7 or sales", "a int, is no table", None),
    ],
)
def test_faults_at_their_line(
    project: Built, old: str, new: str, said: str, line: int | None
) -> None:
    project.edit("models/as_relation.py", old, new)
    failed = next(s for s in project.build().steps if s.name == "as_relation")
    assert failed.status is Status.FAILED
    assert said in failed.message
    assert failed.at is not None
    assert (Path(failed.at.path).name, failed.at.line) == ("as_relation.py", line)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"sales"', '"sale"', r"as_relation.py:3: RP203 .*\n.*did you mean 'sales'"),
        ('"sales"', "str(session)", "takes literal values"),
        ("session):", "session", "as_relation.py:1: RP201 Python: "),
        ("def model", "def modell", "defines one function"),
        ('"table"', '"view"', "a Python model is a table"),
    ],
)
def test_what_the_text_shows_is_found_before_anything_runs(
    project: Built, old: str, new: str, said: str
) -> None:
    project.edit("models/as_relation.py", old, new)
    with pytest.raises(Exception, match=said):
        project.build()
    assert not project.database.exists()


def test_the_contract_is_checked_when_the_columns_are_known(project: Built) -> None:
    project.edit(
        "models/models.yml",
        "- name: as_relation",
        "- name: as_relation\n    config: {contract: {enforced: true}}",
    )
    assert project.build().ok, project.told
    before = project.rows("as_relation")
    project.edit(
        "models/as_relation.py", "country, amount, day", "country, amount::integer amount, 1 as x"
    )
    failed = next(s for s in project.build().steps if s.name == "as_relation")
    assert "amount is integer in the result and bigint in the .yml" in failed.message
    assert "day is in the .yml and not in the result" in failed.message
    assert "x is in the result and not in the .yml" in failed.message
    assert project.rows("as_relation") == before


def test_readers_are_bound_against_described_columns(project: Built) -> None:
    project.edit("models/reader.sql", "select country", "select countri")
    with pytest.raises(Exception, match="countri"):
        project.build()
