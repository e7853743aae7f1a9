"""What a database refused: the message, a hint, and the line of the SQL that it is about.

Room:  act. Imports errors. May touch: duckdb, whose exceptions it reads.
In:    an exception of DuckDB.  Out: EngineFault.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import duckdb

from retention_pipeline.errors import BusyError, EngineError, Location

_HELD = re.compile(r"Conflicting lock is held in (.*?) \(PID (\d+)\)")
_FOLDER = "check that the folder exists and is writable, or set RETENTION_WAREHOUSE to another path"
_OPENING = (
    (
        re.compile(r"not a valid DuckDB database|enough bytes|Corrupt|checksum", re.IGNORECASE),
        "it is no database, or a damaged one: move it away, and the next build makes a new one"
        " (tables with history begin anew)",
    ),
    (
        re.compile(r"^(Invalid Input|Parser|Catalog|Not implemented) Error"),
        "correct `settings` of the target in profiles.yml",
    ),
)
_LINE = re.compile(r"\n\nLINE (\d+):.*", re.DOTALL)


class EngineFault(Exception):  # noqa: N818 - becomes a node's result, never reaches a user as such
    """The database refused a statement. `line` counts from 1 in the SQL that was given.

    `at`: the user's file and line, where somebody knows better than that.
    """

    def __init__(
        self, message: str, fix: str | None, line: int | None, at: Location | None = None
    ) -> None:
        super().__init__(message)
        self.message, self.fix, self.line, self.at = message, fix, line, at

    @property
    def is_memory(self) -> bool:
        """True when what it asked for did not fit into memory, or onto the disk beside it."""
        return self.message.startswith("Out of Memory Error")


@contextlib.contextmanager
def faults(shift: int = 0) -> Iterator[None]:
    """Turn DuckDB's exceptions into EngineFault, and Ctrl-C within a query into what it is."""
    try:
        yield
    except duckdb.Error as error:
        raise read_fault(str(error), shift) from None
    except RuntimeError as error:
        if str(error) != "Query interrupted":  # the main thread waited for it
            raise
        raise KeyboardInterrupt from None


def read_fault(text: str, shift: int = 0) -> EngineFault:
    """Take a DuckDB message apart: what happened, its hint, the line of the user's SQL.

    >>> read_fault('Binder Error: no column "x"!\\nCandidate bindings: "y"\\n\\nLINE 3: x', 1).line
    2
    """
    found = _LINE.search(text)
    line = int(found[1]) - shift if found else None
    body = text[: found.start()] if found else text
    message, _, rest = body.strip().partition("\n")
    hint = " ".join(part.strip() for part in rest.split("\n") if part.strip())
    return EngineFault(message, hint or None, line if line is None or line > 0 else None)


def cannot_open(path: str, text: str) -> EngineError:
    """The error for a database that does not open, and who has it open."""
    held = _HELD.search(text)
    if held or "Could not set lock" in text:
        who = f"process {held[2]} ({held[1]})" if held else "another process"
        return BusyError(
            f"the working database is in use by {who}",
            at=Location(path),
            fix="wait for that build, or close the tool that has this file open (BI reads the published file)",
        )
    reason = text.split("\n")[0]
    return EngineError(
        f"cannot open or write the working database: {reason}",
        at=Location(path),
        fix=next((fix for pattern, fix in _OPENING if pattern.search(reason)), _FOLDER),
    )
