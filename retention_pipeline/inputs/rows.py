"""Line by line through a text file that DuckDB's reader refuses, or whose lines must be known.

Room:  act. Imports: errors, inputs. Opens files; knows no DuckDB. About 2 us a value.
In:    a CSV or NDJSON file.  Out: a tidy CSV of (line, fault, raw text, values) for DuckDB.

Every physical line ends up in exactly one record: a good row, a row with a fault, or a blank line.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from retention_pipeline.errors import Location
from retention_pipeline.inputs.errors import UnreadableInputError
from retention_pipeline.inputs.opening import CsvHead, as_text, opened

# DuckDB takes lines of up to 2 MB; quotes may double and characters take up to four bytes.
LONGEST_LINE = 400_000
UNREADABLE = "is not valid UTF-8"


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file: where it begins, and its values or what is wrong with it."""

    line: int
    values: list[str]
    fault: str | None = None
    raw: str | None = None


class _Lines:
    """Numbered lines for csv.reader; lines that were read too far can be given back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = enumerate(lines, start=1)
        self._returned: deque[tuple[int, str]] = deque()
        self.taken: list[tuple[int, str]] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        item = self._returned.popleft() if self._returned else next(self._lines)
        self.taken.append(item)
        return item[1]

    def give_back_all_but_the_first(self) -> None:
        self._returned.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def csv_rows(head: CsvHead) -> Iterator[Row]:
    """The records below the header. A quote that is not closed costs its own line only."""
    with opened(head.path) as stream, as_text(stream) as text:
        lines = _Lines(text)
        for _ in range(head.lines):
            next(lines)
        reader = csv.reader(lines, delimiter=head.delimiter, strict=True, skipinitialspace=True)
        width = len(head.names)
        while True:
            lines.taken.clear()
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                fault = _quote_fault(str(error), len(lines.taken))
                lines.give_back_all_but_the_first()
                yield _faulty(lines.taken, fault)
                continue
            if not any(value.strip() for value in values) and len(values) <= 1:
                continue  # a blank line is no row
            fault_or_none = _row_fault(values, width)
            raw = "".join(line for _, line in lines.taken)
            if not raw.isascii() and _has_bad_bytes(raw):
                fault_or_none = UNREADABLE
            if fault_or_none is not None:
                yield _faulty(lines.taken, fault_or_none)
            else:
                yield Row(lines.taken[0][0], values[:width])


def _quote_fault(message: str, lines: int) -> str:
    if "expected after" in message and lines == 1:
        return "has text after a closing quote"
    if "end of data" in message or "field limit" in message or lines > 1:
        return "opens a quote that is not closed in the right place"
    return f"cannot be split into values: {message}"


def _row_fault(values: list[str], width: int) -> str | None:
    if len(values) < width:
        return f"has fewer values than the header ({len(values)} of {width})"
    if any(values[width:]):
        return f"has more values than the header ({len(values)} of {width})"
    return None


def _has_bad_bytes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _visible(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _faulty(taken: list[tuple[int, str]], fault: str) -> Row:
    raw = _visible("".join(text for _, text in taken)).rstrip("\r\n")
    return Row(taken[0][0], [], fault, raw[:LONGEST_LINE])


def json_rows(path: Path) -> Iterator[Row]:
    """The lines of an NDJSON file, not yet parsed; blank ones are no rows."""
    with opened(path) as stream, as_text(stream) as text:
        for number, whole in enumerate(text, start=1):
            line = whole.strip("\ufeff \t\r\n")
            if not line:
                continue
            if len(line) > LONGEST_LINE:
                raise UnreadableInputError(
                    f"the line is longer than {LONGEST_LINE:,} characters",
                    at=Location(path, number),
                )
            if not line.isascii() and _has_bad_bytes(line):
                yield _faulty([(number, line)], UNREADABLE)
            else:
                yield Row(number, [line])


def write_tidy(rows: Iterable[Row], width: int, path: Path) -> None:
    """Write line, fault, raw text and `width` values per row, every value in quotes."""
    nothing = [""] * width
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows(
            [row.line, row.fault or "", row.raw or "", *(row.values or nothing)] for row in rows
        )
