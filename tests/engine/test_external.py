"""External models: their files, the views on them, and what happens when a file goes."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from retention_pipeline.events import Status
from tests.engine.projects import Built, copied


@pytest.fixture
def project(tmp_path: Path) -> Built:
    return copied("external", tmp_path)


def test_files_and_views(project: Built) -> None:
    assert project.build(day=2).ok, project.told
    sales = [
        (1, "DE", 'a "quoted", note', 10.5),
        (1, "FR", None, 20.0),
        (2, "DE", "two words", 30.25),
    ]
    assert project.rows("as_parquet") == sales
    assert project.rows("as_csv") == sales
    assert project.rows("reader") == [("DE", 40.75), ("FR", 20.0)]
    assert project.rows("empty") == []
    text = (project.root / "target/as_csv.csv").read_text().splitlines()
    assert text[:2] == ["day;country;note;amount", '1;DE;"a ""quoted"", note";10.5']
    file = project.root / "target/as_parquet.parquet"
    assert duckdb.execute(f"select count(*) from '{file}'").fetchall() == [(3,)]
    # only Germany has notes
    assert [p.name for p in (project.root / "target/partitioned").iterdir()] == ["country=DE"]
    assert project.rows("partitioned") == [
        ('a "quoted", note', 10.5, "DE"),
        ("two words", 30.25, "DE"),
    ]
    kinds = project.query("select typeof(columns(*)) from as_csv limit 1")
    assert kinds == [("BIGINT", "VARCHAR", "VARCHAR", "DOUBLE")]


def test_a_file_that_is_gone_is_written_again(project: Built) -> None:
    assert project.build().ok
    assert {s.status for s in project.build().steps} == {Status.REUSED}
    (project.root / "target/as_csv.csv").unlink()
    again = {s.name: s for s in project.build().steps}
    assert again["as_csv"].status is Status.OK
    assert again["as_parquet"].status is Status.REUSED
    assert len(project.rows("as_csv")) == 2


def test_a_failure_leaves_the_file_as_it_was(project: Built) -> None:
    assert project.build().ok
    file = project.root / "target/as_csv.csv"
    before = file.read_bytes()
    project.edit("models/as_csv.sql", "select *", "select error('no'), *")
    failed = next(s for s in project.build().steps if s.name == "as_csv")
    assert (failed.status, failed.message) == (Status.FAILED, "Invalid Input Error: no")
    assert file.read_bytes() == before
    assert not [p for p in file.parent.iterdir() if p.name.startswith(".") and "as_csv" in p.name]


def test_an_empty_text_is_not_null_and_types_come_back(project: Built) -> None:
    project.write(
        "models/as_csv.sql",
        "{{ config(location='target/as_csv.csv') }}\n"
        "select '' as country, null::varchar as nothing, 1.50::decimal(18,4) as amount,"
        " date '2026-01-01' as on_day, '007' as code, 'a\nb' as lines\n",
    )
    assert project.build("as_csv").ok, project.told
    rows = project.query(
        "select country = '', nothing is null, amount::varchar, on_day::varchar, code, lines from as_csv"
    )
    assert rows == [(True, True, "1.5000", "2026-01-01", "007", "a\nb")]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("format='parqet'", "did you mean 'parquet'"),
        ("location='target/x.txt'", "format 'txt' is unknown"),
    ],
)
def test_settings_are_checked_before_anything_runs(project: Built, setting: str, said: str) -> None:
    project.edit("models/empty.sql", 'location="target/empty.parquet"', setting)
    with pytest.raises(Exception, match=said):
        project.build()
