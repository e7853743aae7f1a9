"""The unit tests of one build; what is sure to run may begin before its turn.

Room:  act. Imports beside, binder, compiled, engine, unit_tests. Touches threads.
In:    the bound project and its shadow.  Out: each test's outcome, once, to whoever's turn it is.

Unit tests need nothing but the shadow in memory. A first build runs all of them, so they run on the
core that idles while the database is opened and the raw tables are loaded: in a process beside this
one where there is one, else on a thread.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from retention_pipeline.beside import Answer, Beside, Passed, is_alone, passed
from retention_pipeline.binder import Types
from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine
from retention_pipeline.project import Project
from retention_pipeline.unit_tests import UnitTestRun

_MANY = 40  # unit tests that are worth a process
_AT_ONCE = 4  # of a process: to ask and to be answered may take longer than a test
_QUESTIONS = 2  # under way, so that it never waits for one


def all_will_run(project: Project) -> bool:
    """True when nothing is known of an earlier build, and queries run here."""
    is_new = not os.path.exists(project.target.path)  # noqa: PTH110 - nor is a name that is too long
    return is_new and project.target.server is None


class UnitTests:
    """Every unit test of a project as the binder left it; a context that leaves no thread and no process behind."""

    def __init__(self, compiled: Compiled, types: Types, shadow: Engine) -> None:
        self.compiled, self.types, self.shadow = compiled, types, shadow
        self.spent: dict[str, float] = {}
        self._waiting: dict[str, None] = {}  # in order; nobody has begun on these
        self._begun: dict[str, threading.Event] = {}  # set when it is known whether it passed
        self._passed: dict[str, Passed] = {}
        self._made: dict[str, UnitTestRun] = {}
        self._lock = threading.Lock()
        self._has_turns = False
        self._at_work = 0
        self._beside: Beside | None = None
        self._pool = ThreadPoolExecutor(_QUESTIONS, thread_name_prefix="unit-tests")

    def begin(self, uids: Iterable[str]) -> None:
        """Start on these in the background."""
        self._waiting = dict.fromkeys(uids)
        if len(self._waiting) >= _MANY and is_alone():
            with suppress(OSError):  # then on a thread
                self._beside = Beside(self._answer)
        self._at_work = _QUESTIONS if self._beside else 1
        for _ in range(self._at_work):
            self._pool.submit(self._work)

    def fingerprint(self, uid: str) -> str:
        """A digest of all that decides its result. Raises PipelineError kinds for a test that is wrong."""
        known = self._passed.get(uid)
        return self.of(uid).fingerprint if known is None else known.fingerprint

    def of(self, uid: str) -> UnitTestRun:
        """One test; what it says about itself is computed once."""
        return self._made.setdefault(
            uid, UnitTestRun(self.compiled.unit_tests[uid], self.compiled, self.types)
        )

    def settle(self, uid: str) -> bool:
        """True when the test has passed before its turn; else its turn is now."""
        with self._lock:
            self._has_turns = True
            self._waiting.pop(uid, None)
            begun = self._begun.get(uid)
        if begun is not None:
            begun.wait()
        return uid in self._passed

    def run(self, uid: str, engine: Engine | None = None) -> None:
        """Run it on that engine (the shadow itself), unless it passed. Raises what UnitTestRun.run raises."""
        if self.settle(uid):
            return
        began = time.perf_counter()
        try:
            self.of(uid).run(self.shadow, engine or self.shadow)
        finally:
            self.spent[uid] = time.perf_counter() - began

    def _work(self) -> None:
        """Run what waits; of those that do not pass nothing is said yet."""
        ask = self._beside.ask if self._beside else self._answer
        while uids := self._take():
            try:
                for uid, outcome in zip(uids, ask(uids), strict=True):
                    if outcome is not None:
                        self._passed[uid], self.spent[uid] = outcome, outcome.seconds
            except (OSError, EOFError):  # the process is gone: what waits runs in its turn
                with self._lock:
                    self._waiting.clear()
            finally:
                self._begun[uids[0]].set()
        with self._lock:
            self._at_work -= 1
            is_over = not self._at_work
        if is_over and self._beside is not None:  # the build may go on for hours
            self._beside.close()

    def _answer(self, uids: Sequence[str]) -> Answer:
        return [passed(self.of(uid), self.shadow) for uid in uids]

    def _take(self) -> list[str]:
        """The next ones; once turns come, the last ones, so that nobody waits for what is under way."""
        done, taken = threading.Event(), list[str]()
        with self._lock:
            while self._waiting and len(taken) < (_AT_ONCE if self._beside else 1):
                uid = next(reversed(self._waiting) if self._has_turns else iter(self._waiting))
                del self._waiting[uid]
                self._begun[uid] = done
                taken.append(uid)
        return taken

    def __enter__(self) -> UnitTests:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._waiting.clear()
        if self._beside is not None:
            self._beside.close()
        self.shadow.interrupt()
        self._pool.shutdown(wait=True)
