"""Which file or folder holds which raw table.

Room:  act. Imports: errors, inputs.contract. Lists folders; opens no file, knows no DuckDB.
In:    contracts, `inputs_path`, single `locations`.  Out: Located: {source.table: Origin}, unused.

A table `orders` is `orders.<suffix>` or a folder of such files, all of one format, named `orders/`
or, as Spark does, `orders.<suffix>/`. Letter case does not matter. Names that begin with "." or
"_" are passed over.
"""

from __future__ import annotations

import glob
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING

from retention_pipeline.errors import ErrorGroup, Location, PipelineError, did_you_mean
from retention_pipeline.inputs.contract import ABSENT, Format, InputContract, Origin
from retention_pipeline.inputs.errors import (
    AmbiguousInputError,
    InputsPathError,
    MissingTableError,
    UnknownInputError,
    UnreadableInputError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SUFFIXES = {
    ".parquet": Format.PARQUET,
    ".csv": Format.CSV,
    ".csv.gz": Format.CSV,
    ".tsv": Format.CSV,
    ".tsv.gz": Format.CSV,
    ".ndjson": Format.NDJSON,
    ".ndjson.gz": Format.NDJSON,
    ".jsonl": Format.NDJSON,
    ".jsonl.gz": Format.NDJSON,
}
NEAR_ENOUGH = 0.85


def is_address(place: str) -> bool:
    """True for s3://bucket/folder and its like, which this process does not read."""
    return "://" in place


@dataclass(frozen=True, slots=True)
class Located:
    """`origins` has every contract by `source.table`; `unused` are files no contract asked for."""

    origins: Mapping[str, Origin]
    unused: tuple[Path, ...]


def locate(
    contracts: Sequence[InputContract],
    inputs_path: Path | None,
    locations: Mapping[str, str],
    project_dir: Path,
) -> Located:
    """Find every table; `locations` ({table or source.table: path}) win over `inputs_path`."""
    _check_location_names(contracts, locations)
    folder = None if inputs_path is None else project_dir / inputs_path
    present = {} if folder is None else _tables_in(folder)
    origins: dict[str, Origin] = {}
    used: set[Path] = set()
    for contract in contracts:
        place = locations.get(contract.name, locations.get(contract.table))
        if place is not None:
            origins[contract.name] = _at(project_dir, place, contract)
            continue
        entries = _first_present(contract, present)
        used.update(entries)
        origins[contract.name] = _origin(entries[0]) if entries else ABSENT
    unused = tuple(sorted(p for paths in present.values() for p in paths if p not in used))
    absent = [contract for contract in contracts if origins[contract.name].absent]
    if folder is not None:
        _check_near_misses(absent, unused)
        if not used and not locations:
            raise _nothing_known(folder, contracts)
    present_tables = {c.table for c in contracts if not origins[c.name].absent}
    needed = [c for c in absent if present_tables.isdisjoint(c.required_unless)]
    _check_required(needed, folder, unused)
    return Located(origins, unused)


def _check_location_names(contracts: Iterable[InputContract], locations: Mapping[str, str]) -> None:
    known = {name for contract in contracts for name in (contract.table, contract.name)}
    for name in locations:
        if name not in known:
            raise InputsPathError(
                f"input_locations names '{name}', which is no source table",
                fix=did_you_mean(name, known) or f"the tables are: {', '.join(sorted(known))}",
            )


def _tables_in(folder: Path) -> dict[str, list[Path]]:
    """{lower-case stem: the entries with it}, of everything that can be a table."""
    if not folder.exists():
        raise InputsPathError(f"inputs_path '{folder}' does not exist", fix=_near_folder(folder))
    if not folder.is_dir():
        raise InputsPathError(
            f"inputs_path '{folder}' is a file, not a folder",
            fix=f"give its folder ('{folder.parent}'), or name the file under input_locations",
        )
    found: dict[str, list[Path]] = {}
    for entry in _listed(folder):
        stem, kind = _split(entry)
        if kind is not None or entry.is_dir():
            found.setdefault(stem.lower(), []).append(entry)
    return found


def _near_folder(folder: Path) -> str | None:
    if not folder.parent.is_dir():
        return None
    return did_you_mean(folder.name, [p.name for p in folder.parent.iterdir() if p.is_dir()])


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if entry.name[0] not in "._")
    except OSError as error:
        raise UnreadableInputError(
            f"the folder cannot be listed: {error.strerror}", at=Location(folder)
        ) from error


def _split(path: Path) -> tuple[str, Format | None]:
    """('orders', CSV) of 'orders.csv.gz'; a kind of None for a folder and for other files."""
    for suffix, kind in SUFFIXES.items():
        if path.name.lower().endswith(suffix):
            return path.name[: -len(suffix)], None if path.is_dir() else kind
    return path.name, None


def _first_present(contract: InputContract, present: Mapping[str, list[Path]]) -> list[Path]:
    """The one entry (as a list) of the first stem that is there; [] when none is."""
    for stem in contract.stems:
        entries = present.get(stem.lower(), [])
        if len(entries) > 1:
            names = ", ".join(_shown(entry) for entry in entries)
            raise AmbiguousInputError(
                f"the table '{contract.table}' is there {len(entries)} times: {names}",
                at=Location(entries[0].parent),
                fix="keep one of them, or name the right one under input_locations",
            )
        if entries:
            return entries
    return []


def _shown(entry: Path) -> str:
    return f"{entry.name}/" if entry.is_dir() else entry.name


def _at(project_dir: Path, place: str, contract: InputContract) -> Origin:
    """The origin of a configured location: a file, a folder, a pattern with * in it, an address."""
    if is_address(place):
        return Origin(place=place)
    path = project_dir / place
    if path.exists():
        return _origin(path)
    if glob.has_magic(place):
        matches = sorted(Path(name) for name in glob.glob(str(path)))  # noqa: PTH207
        if matches:
            return _files_of(matches, path)
    raise InputsPathError(
        f"the location of '{contract.table}' does not exist: '{path}'",
        fix=did_you_mean(path.name, [p.name for p in path.parent.iterdir()])
        if path.parent.is_dir()
        else None,
    )


def _origin(entry: Path) -> Origin:
    if not entry.is_dir():
        return _files_of([entry], entry)
    children = _listed(entry)
    if (entry / "_delta_log").exists():
        raise UnreadableInputError(
            "is a Delta Lake table, whose files cannot be read one by one",
            at=Location(entry),
            fix="export it as Parquet files",
        )
    if not children:
        raise UnreadableInputError("the folder holds no files", at=Location(entry))
    return _files_of(children, entry)


def _files_of(paths: Sequence[Path], place: Path) -> Origin:
    kinds: dict[Format, Path] = {}
    for path in paths:
        kind = _split(path)[1]
        if kind is None:
            what = "a folder" if path.is_dir() else "not a kind of file that can be read"
            raise UnreadableInputError(
                f"is {what}", at=Location(path), fix=f"readable are: {', '.join(SUFFIXES)}"
            )
        kinds.setdefault(kind, path)
    if len(kinds) > 1:
        names = " and ".join(path.name for path in kinds.values())
        raise AmbiguousInputError(
            f"the folder mixes formats: {names}",
            at=Location(place),
            fix="keep files of one format in it",
        )
    return Origin(tuple(paths), next(iter(kinds)))


def _check_near_misses(absent: Sequence[InputContract], unused: Iterable[Path]) -> None:
    """A slip in a name must not silently become an empty table."""
    errors: list[PipelineError] = []
    for path in unused:
        stem = _plain(_split(path)[0])
        for contract in absent:
            if any(_near(stem, _plain(wanted)) for wanted in contract.stems):
                errors.append(
                    UnknownInputError(
                        f"'{_shown(path)}' is no known table, and '{contract.table}' is absent",
                        at=Location(path),
                        fix=f"did you mean '{contract.stems[0]}'? Rename it, or give it a name "
                        "that is further from a table's",
                    )
                )
    if errors:
        raise errors[0] if len(errors) == 1 else ErrorGroup(errors)


def _plain(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum()).rstrip("s")


def _near(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other).ratio() >= NEAR_ENOUGH


def _nothing_known(folder: Path, contracts: Iterable[InputContract]) -> InputsPathError:
    here = ", ".join(_shown(entry) for entry in _listed(folder)[:10]) or "nothing"
    names = ", ".join(sorted({stem for contract in contracts for stem in contract.stems}))
    return InputsPathError(
        f"inputs_path '{folder}' holds none of the known tables (it holds: {here})",
        fix=f"expected are files named {names} with one of {', '.join(SUFFIXES)}",
    )


def _check_required(
    absent: Iterable[InputContract], folder: Path | None, unused: Sequence[Path]
) -> None:
    missing = [contract for contract in absent if contract.required]
    if not missing:
        return
    names = ", ".join(contract.table for contract in missing)
    where = f" in '{folder}'" if folder else ""
    lines = [f"{c.table} comes as {' or '.join(c.stems)}" for c in missing]
    instead = {table: None for c in missing for table in c.required_unless}
    enough = f"; one of {', '.join(instead)} is enough instead" if instead else ""
    near = did_you_mean(missing[0].table, [_split(path)[0] for path in unused])
    raise MissingTableError(
        f"no file for the required table{'s' if len(missing) > 1 else ''} {names}{where}",
        fix=near or f"{'; '.join(lines)}, with one of {', '.join(SUFFIXES)}{enough}",
    )
