"""Where the program starts: first the cheap question, then the command line.

Room:  edge. Imports noop; cli only when there is something to do.
In:    argv.  Out: an exit code. A build with nothing to do imports neither typer nor DuckDB.
"""

from __future__ import annotations

import sys

_INTERRUPTED = 130


def main(argv: list[str] | None = None) -> None:
    """Run the program and exit. Modules are read within, where Ctrl-C is answered."""
    try:
        code = _run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:  # while modules are read, or for the second time
        sys.stderr.write("interrupted\n")
        code = _INTERRUPTED
    if code == _INTERRUPTED:
        # Where Ctrl-C once went through an `exec`, of a template for example, Python would end by a
        # signal and not with the code; the next `exec` makes it forget.
        exec("")  # noqa: S102
    elif argv is None:
        _leave(code)
    sys.exit(code)


def _leave(code: int) -> None:
    """End the process at once, if nobody else is at work in it and all that was said has gone out.

    Python would search and free the memory of a whole project first: 0.15 s after a build, a quarter
    of `--help`. What others registered for the end is done as always.
    """
    import atexit
    import os
    import threading

    if threading.active_count() > 1:  # it is waited for
        return
    atexit._run_exitfuncs()  # noqa: SLF001 - there is no public way
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):  # None: closed before it began
            stream.flush()
    except (OSError, ValueError):  # Python has its own way to say so
        return
    os._exit(code)


def _run(words: list[str]) -> int:
    import gc
    import os
    from pathlib import Path

    from retention_pipeline.noop import try_skip

    lines = try_skip(words, Path.cwd(), os.environ, _today)
    if lines is not None:
        sys.stdout.write("\n".join(lines) + "\n")
        return 0
    # A project is many small objects that live to the end and make no cycles.
    gc.set_threshold(100_000, 50, 100)
    from retention_pipeline.cli import run_main

    return run_main(words)


def _today(zone: str) -> str:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return datetime.now(ZoneInfo(zone)).date().isoformat()
