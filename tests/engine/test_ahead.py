"""What runs beside what: unit tests before their turn, one thread a query on small data."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from retention_pipeline.ahead import UnitTests
from retention_pipeline.api import Options, compile_, execute
from retention_pipeline.binder import shadow
from retention_pipeline.engine import ROW_GROUP, Engine
from retention_pipeline.events import Results
from retention_pipeline.ordering import Ordering
from retention_pipeline.plan import Command
from retention_pipeline.unit_tests import UnitTestFailed, UnitTestRun
from tests.conftest import CHECKOUT, Shop

UNITS = """\
unit_tests:
  - name: {name}
    model: doubled
    given: [{{input: ref('one'), rows: [{{x: 2}}]}}]
    expect: {{rows: [{{x: {expected}}}]}}
"""


def project(shop: Shop, expected: int = 4) -> Shop:
    shop.model("one", "select 1 as x")
    shop.model("doubled", "select x * 2 as x from {{ ref('one') }}")
    shop.write("models/free/units.yml", UNITS.format(name="twice", expected=expected))
    return shop


def build(shop: Shop, *include: str) -> Results:
    return execute(Command.BUILD, Options(project_dir=shop.root, environ={}), include)


def test_a_test_that_failed_before_its_turn_stops_its_model(shop: Shop) -> None:
    results = {s.name: s for s in build(project(shop, expected=5), "one", "doubled").steps}
    assert (results["twice"].status, results["doubled"].status) == ("failed", "skipped")
    assert "5" in results["twice"].detail
    assert results["twice"].seconds > 0


def test_the_outcome_is_the_same_whether_it_ran_before_or_in_its_turn(shop: Shop) -> None:
    for expected, is_well in ((4, True), (5, False)):
        compiled = compile_(Options(project_dir=project(shop, expected).root, environ={}))
        (uid,) = (u for u in compiled.unit_tests if u.endswith("twice"))
        for begun in ([], [uid]):
            with shadow(compiled) as binder:
                assert binder.models()
                with UnitTests(compiled, binder.types, binder.engine) as units:
                    units.begin(begun)
                    if is_well:
                        units.run(uid)
                    else:
                        with pytest.raises(UnitTestFailed):
                            units.run(uid)
                    assert units.spent[uid] > 0


def test_nothing_is_left_running_when_a_build_ends_before_the_tests_did(shop: Shop) -> None:
    project(shop)
    shop.write("tests/data/assert_nothing.sql", "select no_such_column from {{ ref('one') }}")
    before = threading.active_count()
    with pytest.raises(Exception, match="no_such_column"):
        build(shop)
    assert threading.active_count() == before
    assert not shop.working.exists()


def test_every_test_runs_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    original = UnitTestRun.run

    def noted(self: UnitTestRun, shadow: Engine, engine: Engine) -> None:
        ran.append(self.test.name)
        original(self, shadow, engine)

    monkeypatch.setattr(UnitTestRun, "run", noted)
    results = build(project(shop), "one", "doubled")
    assert results.ok
    assert ran == ["twice"]
    assert build(shop, "one", "doubled").ok  # kept: nothing begins
    assert ran == ["twice"]


# -- a process beside -----------------------------------------------------------------------------
# A program of its own: the process that runs pytest has threads.
BESIDE = """
import os, pathlib, sys, threading
from retention_pipeline import ahead
from retention_pipeline.unit_tests import UnitTestRun
ahead._MANY = 1
run = UnitTestRun.run
def noted(self, shadow, engine):
    with open("ran", "a") as file:
        print("here" if os.getpid() == HERE else "beside", self.test.name, file=file)
    run(self, shadow, engine)
HERE, UnitTestRun.run = os.getpid(), noted
{before}
from retention_pipeline.entry import main
sys.argv = ["pipeline", "build", "-s", "one doubled"]
try:
    main(sys.argv[1:])
finally:
    kids = pathlib.Path(f"/proc/self/task/{{os.getpid()}}/children").read_text().split()
    pathlib.Path("left").write_text(" ".join(kids))
"""
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")


def program(shop: Shop, before: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BESIDE.format(before=before)],
        cwd=shop.root,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def beside(shop: Shop, before: str = "") -> tuple[int, str, list[str]]:
    """A first build: exit code, what it printed, who ran which unit test."""
    ran = program(shop, before)
    assert (shop.root / "left").read_text() == ""  # no process is left
    path = shop.root / "ran"
    return ran.returncode, ran.stdout + ran.stderr, path.read_text().split("\n")[:-1]


@LINUX
def test_a_process_beside_runs_them_once(shop: Shop) -> None:
    code, said, ran = beside(project(shop))
    assert (code, ran) == (0, ["beside twice"]), said
    again = {step.name: step.status for step in build(shop, "one", "doubled").steps}
    assert again["twice"] == "reused"  # what was noted beside stands for the test


@LINUX
def test_it_ends_with_its_tests_and_not_with_the_build(shop: Shop) -> None:
    wait = """
import time
from retention_pipeline.building import Building
remember = Building._remember
def late(self, *given):
    kids = pathlib.Path(f"/proc/self/task/{os.getpid()}/children")
    while kids.read_text():
        time.sleep(0.01)
    pathlib.Path("ended").touch()
    remember(self, *given)
Building._remember = late
"""
    code, said, ran = beside(project(shop), wait)
    assert (code, ran) == (0, ["beside twice"]), said
    assert (shop.root / "ended").exists()


@LINUX
def test_what_fails_beside_is_said_here(shop: Shop) -> None:
    code, said, ran = beside(project(shop, expected=5))
    assert (code, ran) == (1, ["beside twice", "here twice"]), said
    assert "the model gives other rows than expected" in said


@LINUX
@pytest.mark.parametrize(
    "before",
    [
        "ahead.UnitTests._answer = lambda self, uids: os._exit(9)",
        "import multiprocessing as m; m.get_context = lambda kind: (_ for _ in ()).throw(OSError())",
        "import multiprocessing as m; m.current_process()._config['daemon'] = True",
        "threading.Thread(target=threading.Event().wait, daemon=True).start()",
    ],
    ids=["it dies", "there is none", "it may not be", "this process has threads"],
)
def test_without_it_all_run_here(shop: Shop, before: str) -> None:
    code, said, ran = beside(project(shop), before)
    assert (code, ran) == (0, ["here twice"]), said


@LINUX
def test_a_build_that_ends_before_it_ends_it(shop: Shop) -> None:
    project(shop)
    shop.write("tests/data/assert_nothing.sql", "select no_such_column from {{ ref('one') }}")
    sleep = "ahead.UnitTests._answer = lambda self, uids: __import__('time').sleep(60)"
    (shop.root / "ran").touch()
    code, said, _ = beside(shop, sleep)
    assert code == 2
    assert "no_such_column" in said


@LINUX
def test_it_does_not_outlive_a_build_that_is_killed(shop: Shop) -> None:
    kill = """
from retention_pipeline.building import Building
ahead.Beside.close = lambda self: None  # its tests may be over before
def die(self):
    kids = pathlib.Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    pathlib.Path("kid").write_text(kids.strip())
    os.kill(os.getpid(), 9)
Building._check = die
"""
    assert program(project(shop), kill).returncode == -signal.SIGKILL
    kid = Path("/proc", str(int((shop.root / "kid").read_text())), "stat")
    end = time.monotonic() + 30
    while kid.exists() and ") Z " not in kid.read_text():  # ended, if nobody has asked for it yet
        assert time.monotonic() < end
        time.sleep(0.01)


# -- threads of a query -------------------------------------------------------------------------
def threads(engine: Engine) -> int:
    return int(engine.query("select current_setting('threads')")[0][0])


def test_one_thread_and_back() -> None:
    with Engine(":memory:") as engine:
        many = threads(engine)
        engine.narrow()
        assert threads(engine) == 1
        engine.narrow(narrow=False)
        assert threads(engine) == many


def test_what_the_profile_says_counts() -> None:
    with Engine(":memory:", {"threads": 3}) as engine:
        engine.narrow()
        assert threads(engine) == 3


@pytest.mark.parametrize(("rows", "is_narrow"), [(10, True), (ROW_GROUP + 1, False)])
def test_a_large_table_takes_the_threads_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, rows: int, is_narrow: bool
) -> None:
    shop.model("one", f"select i from range({rows}) as t(i)")
    said: list[bool] = []
    original = Engine.narrow

    def narrow(self: Engine, *, narrow: bool = True) -> None:
        said.append(narrow)
        original(self, narrow=narrow)

    monkeypatch.setattr(Engine, "narrow", narrow)
    build(shop, "one")
    assert said == ([True] if is_narrow else [True, False])
    said.clear()
    build(shop, "one")
    assert said[:1] == [is_narrow]  # known from the table that is there


def test_large_inputs_are_read_by_all_threads(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[bool] = []
    monkeypatch.setattr(Engine, "narrow", lambda self, *, narrow=True: said.append(narrow))
    monkeypatch.setattr("retention_pipeline.run._SMALL", 0)
    build(shop)
    assert True not in said


# -- orders -------------------------------------------------------------------------------------
def test_an_order_is_computed_once_and_stands_for_the_same_steps(shop: Shop) -> None:
    compiled = compile_(Options(project_dir=project(shop).root, environ={}))
    wanted = {*compiled.models, *compiled.unit_tests, *compiled.tests}
    ordering = Ordering(compiled)
    after, order = ordering.of(wanted)
    assert ordering.of(set(wanted)) == (after, order) == Ordering(compiled).of(wanted)
    assert ordering.of(set(compiled.models))[1] != order
    place = {uid: i for i, uid in enumerate(order)}
    assert all(place[a] < place[uid] for uid, before in after.items() for a in before)
