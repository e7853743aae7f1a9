"""Steps beside each other, and a step alone: what ran out of memory beside others is done once more.

Room:  act. Imports engine. Touches threads.
In:    the work of a step.  Out: what it gives, or what stopped it.

The limit of memory is one for all queries of a database. Two that go to disk within it one after the
other may not fit into it at once: at 100 million order lines within 4 GiB such a step failed half an
hour into a build, and passed alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition
from typing import TypeVar

from retention_pipeline.engine import EngineFault

T = TypeVar("T")


class _Place:
    """One step at work; `is_crowded` once another was at work at any moment of it."""

    def __init__(self) -> None:
        self.is_crowded = False


class Crowd:
    """The steps of one run. Used by its worker threads."""

    def __init__(self) -> None:
        self._turn = Condition()
        self._inside: set[_Place] = set()
        self._alone = 0  # who waits for everybody else, or is at work alone
        self._is_closed = False

    def do(self, work: Callable[[], T], again: Callable[[EngineFault], bool] = lambda _: True) -> T:
        """Do some work beside that of others; alone and anew where its fault is a want of memory and
        `again` agrees. The work undoes what it did when it fails. Raises EngineFault after close().
        """
        with self._beside() as place:
            try:
                return work()
            except EngineFault as fault:
                if not (fault.is_memory and place.is_crowded and again(fault)):
                    raise
                stopped = fault
        with self._by_itself() as may:
            if not may:
                raise stopped
            return work()

    def close(self) -> None:
        """The run is to end: nobody who waits begins any more."""
        with self._turn:
            self._is_closed = True
            self._turn.notify_all()

    @contextmanager
    def _beside(self) -> Iterator[_Place]:
        place = _Place()
        with self._turn:
            self._turn.wait_for(lambda: self._is_closed or not self._alone)
            if self._is_closed:
                raise EngineFault("the run has ended", None, None)
            self._inside.add(place)
            if len(self._inside) > 1:
                for one in self._inside:
                    one.is_crowded = True
        try:
            yield place
        finally:
            with self._turn:
                self._inside.remove(place)
                self._turn.notify_all()

    @contextmanager
    def _by_itself(self) -> Iterator[bool]:
        """Wait until nobody else is at work; False where the run ends before that."""
        place = _Place()
        with self._turn:
            self._alone += 1
            self._turn.wait_for(lambda: self._is_closed or not self._inside)
            may = not self._is_closed
            if may:
                self._inside.add(place)
        try:
            yield may
        finally:
            with self._turn:
                self._inside.discard(place)
                self._alone -= 1
                self._turn.notify_all()
