"""The beginning of a file: is it what its name says, in which encoding, with which header.

Room:  act. Imports: errors, inputs. Opens files; knows no DuckDB.
In:    a path, the names one hopes for.  Out: CsvHead, or an error that names the file.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from retention_pipeline.errors import Location
from retention_pipeline.inputs.contract import Format
from retention_pipeline.inputs.errors import EmptyInputError, EncodingError, UnreadableInputError

DELIMITERS = ",;\t|"
HEADER_LIMIT = 4_000_000
CHUNK = 1 << 20

_WHAT_IT_IS = {
    b"\x1f\x8b": "is compressed with gzip; its name must end in .gz",
    b"PK\x03\x04": "is an Excel workbook or a zip archive; save the sheet as CSV UTF-8",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook; save the sheet as CSV UTF-8",
    b"PAR1": "is a Parquet file; its name must end in .parquet",
    b"SQLite format 3": "is an SQLite database",
}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class CsvHead:
    """How to read one CSV file. `plain`: the header is line 1 and there are two columns or more."""

    path: Path
    names: tuple[str, ...]
    delimiter: str
    lines: int

    @property
    def plain(self) -> bool:
        return self.lines == 1 and len(self.names) > 1


def is_gzip(path: Path) -> bool:
    return path.name.lower().endswith(".gz")


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked; whatever goes wrong becomes an error with the path."""
    try:
        with gzip.open(path) if is_gzip(path) else path.open("rb") as stream:
            yield cast("BinaryIO", stream)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableInputError(
            f"the gzip file is cut off or damaged: {str(error).rstrip('.')}",
            at=Location(path),
            fix="copy or download it again",
        ) from error
    except OSError as error:
        raise UnreadableInputError(
            f"cannot be read: {error.strerror or error}", at=Location(path)
        ) from error


def as_text(stream: BinaryIO) -> io.TextIOWrapper:
    """Text whose lines end where any of \\n, \\r\\n, \\r does; bad bytes become surrogates."""
    return io.TextIOWrapper(
        cast("io.BufferedReader", stream), "utf-8-sig", errors="surrogateescape", newline=""
    )


def check_kind(path: Path, kind: Format) -> None:
    """Raise unless the first bytes fit the name: readable, not empty, not something else."""
    if path.is_dir():
        raise UnreadableInputError("is a folder, not a file", at=Location(path))
    try:
        with path.open("rb") as stream:
            first = stream.read(64)
    except OSError as error:
        raise UnreadableInputError(
            f"cannot be read: {error.strerror or error}", at=Location(path)
        ) from error
    if not first:
        _check_empty(path, kind)
        return
    if is_gzip(path):
        if not first.startswith(b"\x1f\x8b"):
            raise UnreadableInputError(
                "is not compressed with gzip, though its name ends in .gz", at=Location(path)
            )
        return
    if kind is not Format.PARQUET:
        for magic, what in _WHAT_IT_IS.items():
            if first.startswith(magic):
                raise UnreadableInputError(what, at=Location(path))


def _check_empty(path: Path, kind: Format) -> None:
    if kind is Format.NDJSON and not is_gzip(path):
        return  # no lines, no rows
    what = "a header line is needed" if kind is Format.CSV else "the export has failed"
    raise EmptyInputError(
        f"is empty (0 bytes): {what}",
        at=Location(path),
        fix="write the file again, or remove it if the table is optional",
    )


def check_gzip(path: Path) -> None:
    """Read a gzip file to its end and compare its checksum.

    DuckDB compares none, and 1.5 takes a file that is cut off for a shorter one.
    """
    if is_gzip(path):
        with opened(path) as stream:
            while stream.read(CHUNK):
                pass


def count_lines(path: Path) -> int:
    """Physical lines, the last one with or without its end."""
    lines, last = 0, b"\n"
    with opened(path) as stream:
        while chunk := stream.read(CHUNK):
            lines += chunk.count(b"\n")
            last = chunk[-1:]
    return lines + (last != b"\n")


def csv_head(path: Path, score: Callable[[Sequence[str]], int]) -> CsvHead:
    """Read the header. `score` says how welcome a list of names is; the best delimiter wins."""
    check_kind(path, Format.CSV)
    with opened(path) as stream:
        if cast("io.BufferedReader", stream).peek(2)[:2] in _UTF16:
            raise _utf16(path)
        with as_text(stream) as decoded:
            text, lines = _first_record(decoded, path)
    if not text:
        raise EmptyInputError("holds no header line", at=Location(path), fix="write the file again")
    if "\0" in text:
        raise (
            _utf16(path)
            if text.count("\0") > len(text) // 3
            else EncodingError("the header holds NUL bytes", at=Location(path, lines))
        )
    if any("\udc80" <= char <= "\udcff" for char in text):
        raise EncodingError(
            "the header is not UTF-8", at=Location(path, lines), fix="save the file as UTF-8"
        )
    first = "\t" if ".tsv" in path.name.lower() else ","
    candidates = [(first, _names(text, first))]
    candidates += [(d, _names(text, d)) for d in DELIMITERS if d != first and d in text]
    delimiter, names = max(candidates, key=lambda each: (score(each[1]), len(each[1])))
    return CsvHead(path, tuple(name.strip() for name in names), delimiter, lines)


def _utf16(path: Path) -> EncodingError:
    return EncodingError(
        "is UTF-16, not UTF-8",
        at=Location(path),
        fix="save it as UTF-8 (in Excel: 'CSV UTF-8')",
    )


def _first_record(text: io.TextIOWrapper, path: Path) -> tuple[str, int]:
    """The first line that is not blank, longer where a quoted name holds line ends."""
    record, lines = "", 0
    while line := text.readline(HEADER_LIMIT):
        lines += 1
        record += line
        if not record.strip("\ufeff \t\r\n"):
            record = ""
        elif record.count('"') % 2 == 0:
            return record, lines
        if len(record) >= HEADER_LIMIT:
            break
    if record:
        raise UnreadableInputError(
            "a quote in the header is never closed", at=Location(path, lines and 1)
        )
    return "", lines


def _names(text: str, delimiter: str) -> list[str]:
    return next(
        csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True), []
    )
