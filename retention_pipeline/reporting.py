"""How a run is told: as lines, as JSON, on a live terminal; in files for CI.

Room:  edge. Imports annotations, errors, events, flags, json_report, junit, live, options, report.
In:    How, the command line, the environment.  Out: a report to listen with, an exit code.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Protocol

from retention_pipeline.annotations import is_wanted, of_results
from retention_pipeline.errors import CommandError, EngineError, Location, hide_secrets
from retention_pipeline.events import Event, Results
from retention_pipeline.flags import FAILED, INTERRUPTED, OK, say
from retention_pipeline.options import How
from retention_pipeline.report import TextReport

FORMATS = ("text", "json")
# Flags without which a command would not do the same once more.
_DECIDING = ("--vars", "--as", "--project-dir", "--profiles-dir", "--target", "-t")


class Report(Protocol):
    """What listens to a run and tells about it."""

    def listen(self, event: Event) -> None: ...

    def finish(self, results: Results) -> None: ...


@contextmanager
def reported(how: How, argv: Sequence[str], clock: Callable[[], datetime]) -> Iterator[Report]:
    """The report of one run. Raises CommandError for an unknown format."""
    if how.log_format not in FORMATS:
        raise CommandError(f"--log-format '{how.log_format}' is unknown", fix="use text or json")
    again = flags_again(argv)
    if how.log_format == "json":
        from retention_pipeline.json_report import JsonReport

        yield _WithFiles(JsonReport(say, clock, again=again), how)
    elif sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        from retention_pipeline.live import LiveReport

        hide = partial(hide_secrets, environ=os.environ)
        with LiveReport(hide, quiet=how.quiet, again=again) as live:
            yield _WithFiles(live, how)
    else:
        yield _WithFiles(TextReport(say, quiet=how.quiet, again=again), how)


class _WithFiles:
    """A report, and at the end what CI wants to have."""

    def __init__(self, report: Report, how: How) -> None:
        self.report, self.how, self.listen = report, how, report.listen

    def finish(self, results: Results) -> None:
        self.report.finish(results)
        if self.how.log_format == "text" and is_wanted(os.environ):
            for line in of_results(results, os.environ):
                say(line)
        if self.how.junit is not None:
            from retention_pipeline.junit import junit_xml

            try:
                self.how.junit.parent.mkdir(parents=True, exist_ok=True)
                text = hide_secrets(junit_xml(results), os.environ)
                self.how.junit.write_text(text, encoding="utf-8")
            except OSError as error:
                raise EngineError(
                    f"cannot write: {error.strerror}", at=Location(self.how.junit)
                ) from None


def flags_again(argv: Sequence[str]) -> str:
    """The flags of this command line that decide what is built, to be written after a command.

    >>> flags_again(["build", "-s", "x", "--vars", "{as_of: 2026-01-31}", "--target=ci"])
    " --vars '{as_of: 2026-01-31}' --target=ci"
    """
    words = []
    for index, word in enumerate(argv):
        if word.partition("=")[0] in _DECIDING:
            words.append(word)
            if "=" not in word:
                words += argv[index + 1 : index + 2]
    return "".join(f" {shlex.quote(word)}" for word in words)


def exit_code(results: Results) -> int:
    """The exit code of a run."""
    if results.interrupted:
        return INTERRUPTED
    return OK if results.ok else FAILED
