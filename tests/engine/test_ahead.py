"""What runs beside what: unit tests before their turn, one thread a query on small data."""

import threading

import pytest

from retention_pipeline.ahead import UnitTests
from retention_pipeline.api import Options, compile_, execute
from retention_pipeline.binder import shadow
from retention_pipeline.engine import ROW_GROUP, Engine
from retention_pipeline.events import Results
from retention_pipeline.ordering import Ordering
from retention_pipeline.plan import Command
from retention_pipeline.unit_tests import UnitTestFailed, UnitTestRun
from tests.conftest import Shop

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
