"""The unit tests of one build; what is sure to run may begin before its turn.

Room:  act. Imports binder, compiled, engine, unit_tests. Touches threads.
In:    the bound project and its shadow.  Out: each test's outcome, once, to whoever's turn it is.

Unit tests need nothing but the shadow in memory. A first build runs all of them, so they run on the
core that idles while the database is opened and the raw tables are loaded.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from retention_pipeline.binder import Types
from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine
from retention_pipeline.unit_tests import UnitTestRun


class UnitTests:
    """Every unit test of a project as the binder left it; a context that leaves no thread behind."""

    def __init__(self, compiled: Compiled, types: Types, shadow: Engine) -> None:
        self.compiled, self.types, self.shadow = compiled, types, shadow
        self.spent: dict[str, float] = {}
        self._begun: dict[str, Future[None]] = {}
        self._made: dict[str, UnitTestRun] = {}
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="unit-tests")

    def begin(self, uids: Iterable[str]) -> None:
        """Start on these, one after the other, in the background."""
        self._begun |= {uid: self._pool.submit(self._run, uid) for uid in uids}

    def of(self, uid: str) -> UnitTestRun:
        """One test; what it says about itself (its fingerprint) is computed once."""
        return self._made.setdefault(
            uid, UnitTestRun(self.compiled.unit_tests[uid], self.compiled, self.types)
        )

    def settle(self, uid: str) -> bool:
        """True when the test has run ahead; raises what it raised. False: its turn is now."""
        begun = self._begun.get(uid)
        if begun is None or begun.cancel():
            return False
        begun.result()
        return True

    def run(self, uid: str, engine: Engine | None = None) -> None:
        """Run it on that engine (the shadow itself), unless it has run. Raises what UnitTestRun.run raises."""
        if not self.settle(uid):
            self._run(uid, engine)

    def _run(self, uid: str, engine: Engine | None = None) -> None:
        began = time.perf_counter()
        try:
            self.of(uid).run(self.shadow, engine or self.shadow)
        finally:
            self.spent[uid] = time.perf_counter() - began

    def __enter__(self) -> UnitTests:
        return self

    def __exit__(self, *_: object) -> None:
        for begun in self._begun.values():
            begun.cancel()
        self.shadow.interrupt()
        self._pool.shutdown(wait=True)
