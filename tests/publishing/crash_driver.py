"""Builds that can be killed: `python -m tests.publishing.crash_driver` forks one for each line it reads.

A line is {"argv": [...], "cwd": folder, "log": file, "at": number or null}. The answer is the
build's process id, and when it has ended its exit code (-9: killed). With `at` the build kills
itself with SIGKILL at that point; with `at` 0 it counts its points and adds them to the log.

A point is right before or right after something that could leave a half: a transaction's begin and
commit, a statement that writes and is its own transaction, a checkpoint, attaching and detaching a
file, and every call that changes the file system.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, NoReturn

VERBS = ("begin", "commit", "rollback", "checkpoint", "attach", "detach")
WRITES = ("create", "insert", "delete", "drop", "alter", "update")
CALLS = ("replace", "rename", "link", "symlink", "unlink", "chmod", "fsync")


class Points:
    """Counts the points of a process and kills it at one of them."""

    def __init__(self, at: int) -> None:
        self.at, self.names = at, list[str]()
        self.lock = threading.Lock()
        self.inside = threading.local()  # a transaction is open in this thread

    def pass_(self, name: str) -> None:
        with self.lock:
            self.names.append(name)
            if len(self.names) == self.at:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call between two points."""

        def wrapped(*args: Any, **words: Any) -> Any:
            if args and "compiled" in str(args[0]):  # a copy of the SQL for people, file by file
                return call(*args, **words)
            self.pass_(f"before {name}")
            result = call(*args, **words)
            self.pass_(f"after {name}")
            return result

        return wrapped


class Cursor:
    """A DuckDB cursor whose transactions are points."""

    def __init__(self, cursor: Any, points: Points) -> None:
        self._cursor, self._points = cursor, points

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def execute(self, sql: str, *args: Any) -> Any:
        verb = sql.split(None, 1)[0].lower() if sql.strip() else ""
        inside = self._points.inside
        is_own = verb in WRITES and not getattr(inside, "is_open", False)
        if verb in ("begin", "commit", "rollback"):
            inside.is_open = verb == "begin"
        if verb not in VERBS and not is_own:
            return self._cursor.execute(sql, *args)
        return self._points.around(verb, self._cursor.execute)(sql, *args)


def watch(points: Points) -> None:
    """Put points into this process."""
    from retention_pipeline.engine import Engine

    plain = Engine.cursor.fget  # type: ignore[attr-defined]

    def cursor(self: Engine) -> Any:
        found = plain(self)
        return found if self.path == ":memory:" else Cursor(found, points)

    Engine.cursor = property(cursor)  # type: ignore[assignment, method-assign]
    for name in CALLS:
        setattr(os, name, points.around(name, getattr(os, name)))


def build(job: dict[str, Any]) -> NoReturn:
    """Run one command line in this process and end it."""
    log = os.open(job["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(job["cwd"])
    sys.argv = ["pipeline", *job["argv"]]
    points = None if job["at"] is None else Points(job["at"])
    if points is not None:
        watch(points)
    from retention_pipeline.entry import main

    code = 3
    try:
        main(job["argv"])  # given, or it would end this process itself
    except SystemExit as done:
        code = int(done.code or 0)
    finally:
        sys.stdout.flush()
        if points is not None and not points.at:
            print(json.dumps(points.names), flush=True)
        os._exit(code)


def main() -> None:
    """Import everything once, then fork for each line."""
    import retention_pipeline

    for found in pkgutil.walk_packages(retention_pipeline.__path__, "retention_pipeline."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
    print("ready", flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            build(job)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
