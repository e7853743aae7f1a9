"""Out of memory beside others: the step is done again, alone; the others wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from retention_pipeline import run
from retention_pipeline.api import Options, execute
from retention_pipeline.crowd import Crowd
from retention_pipeline.engine import Built, EngineFault
from retention_pipeline.events import Notice, Results
from retention_pipeline.materialize import making
from retention_pipeline.plan import Command
from tests.conftest import Shop

MEMORY = "Out of Memory Error: failed to pin block of size 256.0 KiB (3.9 GiB/4.0 GiB used)"
WAIT = 10


def fault() -> EngineFault:
    return EngineFault(MEMORY, None, None)


class Others:
    """Somebody else at work until told to end."""

    def __init__(self, crowd: Crowd) -> None:
        self.is_there, self.may_go = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=crowd.do, args=(self._work,))
        self.thread.start()
        assert self.is_there.wait(WAIT)

    def _work(self) -> None:
        self.is_there.set()
        assert self.may_go.wait(WAIT)

    def end(self) -> None:
        self.may_go.set()
        self.thread.join(WAIT)


def failing_once(events: list[str], then: Callable[[], object]) -> Callable[[], str]:
    def work() -> str:
        events.append("begun")
        if len(events) == 1:
            then()
            raise fault()
        return "done"

    return work


def test_what_did_not_fit_beside_others_is_done_when_they_have_ended() -> None:
    crowd, events = Crowd(), list[str]()
    others = Others(crowd)

    def end() -> None:
        events.append("others end")
        others.end()

    threading.Timer(0.2, end).start()
    assert crowd.do(failing_once(events, lambda: None)) == "done"
    assert events == ["begun", "others end", "begun"]


def test_who_came_and_went_meanwhile_counts_too() -> None:
    crowd, events = Crowd(), list[str]()
    assert crowd.do(failing_once(events, lambda: Others(crowd).end())) == "done"


def test_nobody_begins_beside_who_is_alone() -> None:
    crowd, events = Crowd(), list[str]()
    late = threading.Thread(target=lambda: crowd.do(lambda: events.append("late")))

    def work() -> None:
        events.append("begun")
        if len(events) == 1:
            Others(crowd).end()
            raise fault()
        late.start()
        late.join(0.2)
        events.append("ended")

    crowd.do(work)
    late.join(WAIT)
    assert events == ["begun", "begun", "ended", "late"]


@pytest.mark.parametrize(
    ("beside", "error", "may"),
    [
        (False, fault(), True),
        (True, EngineFault("Conversion Error: no", None, None), True),
        (True, fault(), False),
    ],
    ids=["alone already", "another fault", "not to be done twice"],
)
def test_it_fails_at_once(beside: bool, error: EngineFault, may: bool) -> None:
    crowd, events = Crowd(), list[str]()

    def work() -> None:
        events.append("begun")
        if beside:
            Others(crowd).end()
        raise error

    with pytest.raises(EngineFault) as caught:
        crowd.do(work, lambda _: may)
    assert caught.value is error
    assert events == ["begun"]


def test_a_second_time_is_the_last() -> None:
    crowd, events = Crowd(), list[str]()

    def work() -> None:
        events.append("begun")
        if len(events) == 1:
            Others(crowd).end()
        raise fault()

    with pytest.raises(EngineFault):
        crowd.do(work)
    assert len(events) == 2
    assert crowd.do(lambda: "others go on") == "others go on"


def test_two_that_want_to_be_alone_are_so_one_after_the_other() -> None:
    crowd, both = Crowd(), threading.Barrier(2)
    at_work: list[int] = []
    most: list[int] = []

    def one() -> None:
        begun = [False]

        def work() -> None:
            if not begun[0]:
                begun[0] = True
                both.wait(WAIT)
                raise fault()
            at_work.append(1)
            threading.Event().wait(0.1)
            most.append(len(at_work))
            at_work.pop()

        crowd.do(work)

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert most == [1, 1]


def test_after_the_end_nobody_begins() -> None:
    crowd, events = Crowd(), list[str]()
    others = Others(crowd)
    threading.Timer(0.2, crowd.close).start()
    with pytest.raises(EngineFault) as caught:
        crowd.do(failing_once(events, lambda: None))
    assert caught.value.message == MEMORY  # its own fault, not that it waited
    assert events == ["begun"]
    others.end()
    with pytest.raises(EngineFault, match="the run has ended"):
        crowd.do(lambda: events.append("late"))
    assert events == ["begun"]


# -- in a build ---------------------------------------------------------------------------------
def build(shop: Shop, monkeypatch: pytest.MonkeyPatch, told: list[str]) -> Results:
    """Two models at once, of which `big` runs out of memory, once, after its table was made."""
    both, tries, make = threading.Barrier(2), list[str](), making.make

    def tight(work: Any, remember: Callable[[Built], str]) -> Built:
        name = work.model.model.name
        tries.append(name)
        if tries.count(name) == 1:
            both.wait(WAIT)
        if name == "big" and tries.count(name) == 1:
            with work.engine.transaction():
                work.engine.query(f"create table {work.relation} as select 'half' as x")
                raise fault()
        return make(work, remember)

    monkeypatch.setattr(run, "make", tight)
    options = Options(project_dir=shop.root, environ={}, threads=2)

    def listen(event: object) -> None:
        if isinstance(event, Notice):
            told.append(event.text)

    return execute(Command.BUILD, options, ["big", "other"], listen=listen)


def test_a_model_that_did_not_fit_is_made(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.model("big", "select 1 as x")
    shop.model("other", "select 2 as x")
    told: list[str] = []
    results = build(shop, monkeypatch, told)
    assert {step.name: str(step.status) for step in results.steps} == {"big": "ok", "other": "ok"}
    assert [text for text in told if "memory" in text] == [
        "big ran out of memory beside other steps: again, alone"
    ]
    assert shop.query("select x from main.big") == [(1,)]


def test_hooks_of_a_user_do_not_run_twice(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.model("big", "{{ config(pre_hook='select 1') }} select 1 as x")
    shop.model("other", "select 2 as x")
    told: list[str] = []
    results = build(shop, monkeypatch, told)
    assert {step.name: str(step.status) for step in results.steps} == {
        "big": "failed",
        "other": "ok",
    }
    assert not told
