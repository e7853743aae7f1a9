"""Bind models while others are still rendered, and what is left then on two threads.

Room:  act. Imports binder, compiled, engine, warehouse. Touches threads.
In:    models as the compiler finishes them.  Out: a Binder that has made what was easy.

Rendering is Python's work and binding DuckDB's, so they share two cores. The interpreter changes
threads more often meanwhile: a thread that comes back from DuckDB waits a whole interval for its
turn, some seven times a statement. Only what binds at its first try is kept: everything that is
wrong, or that has to wait, is left to `Binder.models`, whose errors come in their usual order.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from retention_pipeline.binder import Binder, shadow_engine
from retention_pipeline.compiled import Compiled, CompiledModel
from retention_pipeline.warehouse import outside_columns

_INTERVAL = 0.0001  # seconds; of 0.005 a statement of 1.6 ms takes 38, of this 2.8
_BATCH = 20
_MANY = 2 * _BATCH  # models; fewer are bound before another thread has begun


class _Trials:
    """Models that wait for their parents, for any number of threads that try them."""

    def __init__(self, binder: Binder) -> None:
        self.binder = binder
        self._waiting: dict[str, CompiledModel] = {}
        self._turn = threading.Condition()
        self._in_hand = 0
        self._is_open = self._is_last = self._is_over = False

    @property
    def are_many(self) -> bool:
        return len(self._waiting) > _MANY

    def add(self, models: Iterable[CompiledModel]) -> None:
        with self._turn:
            self._waiting |= {model.unique_id: model for model in models}
            self._turn.notify()

    def open(self) -> None:
        """The inputs are made: begin."""
        with self._turn:
            self._is_open = True
            self._turn.notify_all()

    def last(self) -> None:
        """No more will come: `work` ends when nothing can be tried any more."""
        with self._turn:
            self._is_last = True
            self._turn.notify_all()

    def stop(self) -> None:
        """Nobody waits for the rest."""
        with self._turn:
            self._is_over = True
            self._turn.notify_all()

    def work(self) -> None:
        """Try what is ready, wait for what comes, until it is over."""
        while models := self._take():
            try:
                self.binder.try_models(models)
            finally:
                with self._turn:
                    self._in_hand -= 1
                    self._turn.notify_all()

    def _take(self) -> list[CompiledModel]:
        """Half of what is ready, so that another thread finds some too; nothing when it is over."""
        with self._turn:
            while not self._is_over:
                made = self.binder.made
                ready = [m for m in self._waiting.values() if m.needs <= made]
                if ready and self._is_open:
                    taken = ready[: min(_BATCH, (len(ready) + 1) // 2)]
                    for model in taken:
                        del self._waiting[model.unique_id]
                    self._in_hand += 1
                    return taken
                if self._is_open and self._is_last and not self._in_hand:
                    break
                self._turn.wait()
            return []


class Early:
    """A compiler's watcher; a context that leaves neither thread nor engine behind."""

    def __init__(self) -> None:
        self._trials: _Trials | None = None
        self._thread: threading.Thread | None = None
        self._interval = 0.0

    def begins(self, known: Compiled) -> None:
        """Start with all that is known before the first model is rendered."""
        self._trials = _Trials(Binder(known, shadow_engine(), {}))
        self._begin(self._trials)

    def rendered(self, model: CompiledModel) -> None:
        """Take a model whose SQL is what will run."""
        if self._trials is not None:
            self._trials.add([model])

    def goes_on(self, compiled: Compiled) -> _Trials:
        """Bind what is left, while the caller does something else."""
        trials = self._trials
        if trials is None:  # nobody watched
            trials = self._trials = _Trials(Binder(compiled, shadow_engine(), {}))
            trials.add(compiled.models.values())
            if trials.are_many:
                self._begin(trials)
        trials.last()
        return trials

    @contextmanager
    def settled(self, compiled: Compiled) -> Iterator[Binder]:
        """The binder of the whole project, when every model is rendered."""
        trials, self._trials = self.goes_on(compiled), None
        with trials.binder.engine:
            try:
                if self._thread is not None:
                    trials.work()
            except BaseException:
                trials.stop()
                raise
            finally:
                self._end()
            binder = trials.binder
            binder.compiled, binder.outside = compiled, outside_columns(compiled)
            yield binder

    def _begin(self, trials: _Trials) -> None:
        def work() -> None:
            is_well = False
            try:
                is_well = trials.binder.has_inputs()
            finally:
                (trials.open if is_well else trials.stop)()
            trials.work()

        self._thread = threading.Thread(target=work, name="binding")
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(_INTERVAL)
        self._thread.start()

    def _end(self) -> None:
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            sys.setswitchinterval(self._interval)

    def __enter__(self) -> Early:
        return self

    def __exit__(self, *_: object) -> None:
        if self._trials is not None:
            self._trials.stop()
            self._end()
            self._trials.binder.engine.close()
