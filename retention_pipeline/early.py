"""Bind models while others are still rendered.

Room:  act. Imports binder, compiled, engine, warehouse. Touches a thread.
In:    models as the compiler finishes them.  Out: a Binder that has made what was easy.

Rendering is Python's work and binding DuckDB's, so they share two cores. The interpreter changes
threads more often meanwhile: a thread that comes back from DuckDB waits a whole interval for its
turn, some seven times a statement. Only what binds at its first try is kept: everything that is
wrong, or that has to wait, is left to `Binder.models`, whose errors come in their usual order.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from retention_pipeline.binder import Binder, shadow_engine
from retention_pipeline.compiled import Compiled, CompiledModel
from retention_pipeline.warehouse import outside_columns

_INTERVAL = 0.0001  # seconds; of 0.005 a statement of 1.6 ms takes 38, of this 2.8


class Early:
    """A compiler's watcher; a context that leaves neither thread nor engine behind."""

    def __init__(self) -> None:
        self._models: SimpleQueue[CompiledModel | None] = SimpleQueue()
        self._binder: Binder | None = None
        self._thread: threading.Thread | None = None
        self._interval = 0.0
        self._is_over = False

    def begins(self, known: Compiled) -> None:
        """Start with all that is known before the first model is rendered."""
        self._binder = Binder(known, shadow_engine(), {})
        self._thread = threading.Thread(target=self._work, args=(self._binder,), name="binding")
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(_INTERVAL)
        self._thread.start()

    def rendered(self, model: CompiledModel) -> None:
        """Take a model whose SQL is what will run."""
        self._models.put(model)

    @contextmanager
    def settled(self, compiled: Compiled) -> Iterator[Binder]:
        """The binder of the whole project, when every model is rendered."""
        self._end()
        binder = self._binder or Binder(compiled, shadow_engine(), {})  # perhaps nobody watched
        self._binder = None
        with binder.engine:
            binder.compiled, binder.outside = compiled, outside_columns(compiled)
            yield binder

    def _work(self, binder: Binder) -> None:
        if not binder.has_inputs():
            return
        waiting: dict[str, CompiledModel] = {}
        is_last = False
        while not (is_last or self._is_over):
            item = self._models.get()
            while item is not None:
                waiting[item.unique_id] = item
                if self._models.empty():
                    break
                item = self._models.get()
            is_last = item is None
            while ready := [m for m in waiting.values() if m.needs <= binder.made]:
                if self._is_over:
                    return
                for model in ready:
                    del waiting[model.unique_id]
                binder.try_models(ready)

    def _end(self) -> None:
        if self._thread is not None:
            self._models.put(None)
            self._thread.join()
            self._thread = None
            sys.setswitchinterval(self._interval)

    def __enter__(self) -> Early:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._end()
        if self._binder is not None:
            self._binder.engine.close()
