"""A second process that runs unit tests while this one does everything else.

Room:  act. Imports engine, unit_tests. Touches processes.
In:    unit tests and the shadow they run on.  Out: which of them passed.

A query of some milliseconds needs Python's interpreter seven times, so on threads unit tests, steps
and Python keep each other waiting on idle cores. The process is a fork: it has the project and the
shadow as they are, and nothing has to be handed over. It is made only while this process has one
thread, of Python or of any library, so that no lock can be taken that nobody would ever give back;
where that is not so, or few tests are to run, there is none, and a thread does the work.

It only says what passed. All else, its own death too, is left to this process, which runs those
tests in their turn and says what is wrong with them.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retention_pipeline.engine import Engine
from retention_pipeline.unit_tests import UnitTestRun

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_THREADS = "/proc/self/task"  # an entry each, those of libraries too


@dataclass(frozen=True, slots=True)
class Passed:
    """A unit test that passed: its seconds, its fingerprint."""

    seconds: float
    fingerprint: str


Answer = list[Passed | None]
Answering = Callable[[Sequence[str]], Answer]


def passed(test: UnitTestRun, shadow: Engine) -> Passed | None:
    """Run a test; None where it did not pass, for whatever reason."""
    began = time.perf_counter()
    try:
        test.run(shadow, shadow)
        return Passed(time.perf_counter() - began, test.fingerprint)
    except Exception:  # noqa: BLE001 - whoever runs it in its turn will say what is wrong
        return None


def is_alone() -> bool:
    """True when this process has one thread, and can be forked."""
    with suppress(OSError):
        return sys.platform == "linux" and len(os.listdir(_THREADS)) == 1  # noqa: PTH208 - names
    return False


class Beside:
    """A process that answers questions about unit tests, from the side that asks."""

    def __init__(self, answer: Answering) -> None:
        """Raises OSError where no process can be had. Only while `is_alone`."""
        from multiprocessing import current_process, get_context

        if current_process().daemon:  # a worker of somebody's pool
            raise ChildProcessError("it may have no processes of its own")
        context = get_context("fork")
        self._here, there = context.Pipe()
        self._process: Any = context.Process(
            target=_serve, args=(answer, there, self._here), name="unit-tests", daemon=True
        )
        self._process.start()
        there.close()
        self._asking, self._hearing = threading.Lock(), threading.Lock()
        self._closing = threading.Lock()
        self._asked: deque[Future[Answer]] = deque()

    def ask(self, uids: Sequence[str]) -> Answer:
        """What became of these tests. From several threads: one asks while another is answered.

        Raises OSError or EOFError when the process is gone.
        """
        answer: Future[Answer] = Future()
        with self._asking:
            self._here.send(list(uids))
            self._asked.append(answer)
        with self._hearing:
            while not answer.done():
                found = self._here.recv()
                self._asked.popleft().set_result(found)
        return answer.result()

    def close(self) -> None:
        """End it, whatever it is doing; once or more than once."""
        with self._closing:
            self._process.kill()
            self._process.join()


def _serve(answer: Answering, there: Connection, here: Connection) -> None:
    """Answer until nobody asks."""
    here.close()  # or the end of the other side would not be heard
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other side hears Ctrl-C and ends this one
    with suppress(EOFError, OSError):
        while True:
            there.send(answer(there.recv()))
