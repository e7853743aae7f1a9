"""The first published file, written while the build that it is of still runs.

Room:  act. Imports engine, publishing.content, .disk, .values. Touches a thread.
In:    marts as they are built.  Out: a file under construction, and the rows of what it has.

Nobody reads the file before `publish` has finished it, and that happens after all tests passed. What
goes wrong here is nobody's fault yet: the file is thrown away and written again when it is due.
"""

from __future__ import annotations

import contextlib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.publishing import content
from retention_pipeline.publishing.disk import building_path, discard, sweep
from retention_pipeline.publishing.values import Mart

_CHECKPOINT_EVERY = 16  # marts; what is left for the end is small then


class FirstFile:
    """A context that leaves neither thread nor file behind, unless `publish` took the file."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self.engine, self.path = engine, path.resolve()
        self.building = building_path(self.path)
        self._rows: dict[str, int] = {}
        self._failed = False
        self._writes: list[Future[None]] = []
        self._attached = contextlib.ExitStack()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="first-file")

    def write(self, mart: Mart) -> None:
        """Take a mart that will not change any more; it is written in the background."""
        self._writes.append(self._pool.submit(self._write, mart))

    def _write(self, mart: Mart) -> None:
        if self._failed:
            return
        try:
            if not self._rows:
                self._begin()
            with self.engine.transaction():
                rows = content.write_tables(self.engine, [mart])
                content.describe_tables(self.engine, [mart])
            self._rows |= rows
            if len(self._rows) % _CHECKPOINT_EVERY == 0:
                content.checkpoint(self.engine)
        except (EngineFault, OSError):
            self._failed = True

    def _begin(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        sweep(self.path.parent)
        self._attached.enter_context(content.attached_new(self.engine, self.building))

    def finish(self) -> dict[str, int]:
        """Mart -> rows of what the file has; nothing, and no file, when it could not be written."""
        for write in self._writes:
            write.result()
        try:
            self._attached.close()
        except EngineFault:
            self._failed = True
        if self._failed:
            self.give_up()
        self._writes = []
        return self._rows

    def give_up(self) -> None:
        """Throw the file away; what is being written is stopped."""
        if [write for write in self._writes if not (write.cancel() or write.done())]:
            self.engine.interrupt()
        self._pool.shutdown(wait=True)
        with contextlib.suppress(EngineFault):
            self._attached.close()
        if self._writes:
            discard(self.building)
            self._rows = {}

    def __enter__(self) -> FirstFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.give_up()
