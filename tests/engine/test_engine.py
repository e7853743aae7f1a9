import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from retention_pipeline.engine import (
    Engine,
    EngineFault,
)
from retention_pipeline.errors import BusyError, EngineError
from retention_pipeline.faults import faults, read_fault
from retention_pipeline.nodes import Materialized, Relation
from retention_pipeline.row_sql import empty_table, insert_rows, values_query
from tests.conftest import Shop, pipeline

A = Relation("s", "a")


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine(":memory:") as engine:
        engine.ensure_schemas(["s"])
        yield engine


def test_build_replaces_and_counts(engine: Engine) -> None:
    assert engine.build(A, Materialized.TABLE, "select * from range(3)", None).rows == 3
    assert engine.build(A, Materialized.TABLE, "select 1 as x", "table").rows == 1
    assert engine.query(f"select * from {A}") == [(1,)]
    assert engine.columns(A) == {"x": "integer"}


def test_a_table_becomes_a_view_and_back(engine: Engine) -> None:
    engine.build(A, Materialized.TABLE, "select 1 as x", None)
    assert engine.build(A, Materialized.VIEW, "select 2 as x", "table").rows is None
    assert engine.relations() == {A: "view"}
    assert engine.build(A, Materialized.TABLE, "select 3 as x", "view").rows == 1
    assert engine.relations() == {A: "table"}


def test_a_failing_build_leaves_the_old_relation(engine: Engine) -> None:
    engine.build(A, Materialized.TABLE, "select 1 as x", None)
    for how in (Materialized.TABLE, Materialized.VIEW):
        with pytest.raises(EngineFault):
            engine.build(A, how, "select error('no')\nas x, nope", "table")
    assert engine.query(f"select * from {A}") == [(1,)]


def test_a_fault_has_the_line_of_the_users_sql(engine: Engine) -> None:
    with pytest.raises(EngineFault) as fault:
        engine.build(A, Materialized.TABLE, "select\n  1 as x,\n  nope as y", None)
    assert fault.value.line == 3
    assert "nope" in fault.value.message


@pytest.mark.parametrize(
    ("text", "shift", "message", "fix", "line"),
    [
        ("Binder Error: no x!\nCandidate bindings: y\n\nLINE 3: x\n     ^", 1, "Binder Error: no x!",
         "Candidate bindings: y", 2),
        ("Conversion Error: bad", 0, "Conversion Error: bad", None, None),
        ("Parser Error: a\n\nLINE 1: x", 1, "Parser Error: a", None, None),
        ("", 0, "", None, None),
    ],
)  # fmt: skip
def test_a_message_is_taken_apart(
    text: str, shift: int, message: str, fix: str | None, line: int | None
) -> None:
    fault = read_fault(text, shift)
    assert (fault.message, fault.fix, fault.line) == (message, fix, line)


def test_values_are_cast_by_the_database(engine: Engine) -> None:
    types = {"i": "bigint", "d": "date", "b": "boolean", "q'\"x": "varchar", "n": "decimal(18,4)"}
    rows: list[dict[str, object]] = [
        {"i": "1", "d": "2024-02-29", "b": True, "q'\"x": "it's; drop table a", "n": 1.5},
        {"d": None},
    ]
    engine.query(empty_table(A, types))
    engine.query(insert_rows(A, types, rows))
    listed = 'i, d::varchar, b, "q\'""x", n::varchar'
    first, second = engine.query(f"select {listed} from {A} order by i nulls last")
    assert first == (1, "2024-02-29", True, "it's; drop table a", "1.5000")
    assert second == (None,) * 5
    assert set(engine.query(values_query(types, rows))) == set(engine.query(f"select * from {A}"))


def test_an_empty_table_has_its_types(engine: Engine) -> None:
    engine.query(empty_table(A, {"x": "decimal(18,4)", 'y"': "date"}))
    assert engine.columns(A) == {"x": "decimal(18,4)", 'y"': "date"}


def test_a_transaction_is_all_or_nothing(engine: Engine) -> None:
    def both() -> None:
        with engine.transaction():
            engine.query(f"create table {A} (x int)")
            engine.query("nonsense")

    with pytest.raises(EngineFault):
        both()
    assert engine.relations() == {}


def test_each_thread_has_a_cursor_of_its_own(engine: Engine) -> None:
    cursors = {id(engine.cursor), id(engine.cursor)}
    thread = threading.Thread(target=lambda: cursors.add(id(engine.cursor)))
    thread.start()
    thread.join()
    assert len(cursors) == 2


def test_time_is_utc_in_every_thread(engine: Engine) -> None:
    assert engine.query("select current_setting('TimeZone')") == [("UTC",)]


def test_an_interrupt_stops_a_statement(engine: Engine) -> None:
    _ = engine.cursor
    timer = threading.Timer(0.2, engine.interrupt)
    timer.start()
    with pytest.raises(EngineFault, match=r"(?i)interrupt"):
        engine.query(
            "select count(*) from range(10000000000) a, range(1000) b where hash(a.range + b.range) = 1"
        )
    assert engine.query("select 1") == [(1,)]


def test_a_python_variable_is_no_table(engine: Engine) -> None:
    frame = [1]
    with pytest.raises(EngineFault, match="frame"):
        engine.query("select * from frame")
    assert frame


# -- opening ------------------------------------------------------------------------------------
@pytest.mark.parametrize("where", ["file.txt/build.duckdb", "folder"])
def test_a_database_that_cannot_be_written_is_a_plain_error(tmp_path: Path, where: str) -> None:
    (tmp_path / "file.txt").write_text("x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(EngineError, match="RP401 cannot open or write the working database"):
        Engine(str(tmp_path / where))


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x.duckdb").write_text("hello, I am a text file of some length" * 100)
    with pytest.raises(EngineError, match="cannot open"):
        Engine(str(tmp_path / "x.duckdb"))
    assert (tmp_path / "x.duckdb").read_text().startswith("hello")


def test_an_unknown_setting_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="nope"):
        Engine(str(tmp_path / "x.duckdb"), {"nope": 1})


def test_the_folder_of_the_database_is_made(tmp_path: Path) -> None:
    with Engine(str(tmp_path / "a/b/x.duckdb")) as engine:
        engine.query("create table t (x int)")
    with Engine(str(tmp_path / "a/b/x.duckdb"), read_only=True) as engine:
        assert engine.relations() == {Relation("main", "t"): "table"}
        with pytest.raises(EngineFault):
            engine.query("drop table t")


def test_a_database_in_use_names_the_process(built: Shop) -> None:
    published = built.published.read_bytes()
    with Engine(str(built.working)):
        done = pipeline("build", cwd=built.root)
    assert done.returncode == 1
    assert "RP402 the working database is in use by" in done.stderr
    assert "PID" in done.stderr or "process" in done.stderr
    assert built.published.read_bytes() == published


def test_busy_is_an_engine_error() -> None:
    assert issubclass(BusyError, EngineError)


def test_ctrl_c_within_a_query_is_ctrl_c() -> None:
    """DuckDB gives the main thread a RuntimeError of its own, which is no bug of ours.

    Whether it looks for the signal depends on which of its threads does the work, so not tried here.
    """
    with pytest.raises(KeyboardInterrupt), faults():
        raise RuntimeError("Query interrupted")
    with pytest.raises(RuntimeError, match="another"), faults():
        raise RuntimeError("another")
