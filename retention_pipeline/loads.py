"""Sources and seeds of the project -> tables of the raw schema.

Room:  act. Imports compiled, engine, errors, input_contracts, inputs, nodes, state.
In:    Compiled, an Engine.  Out: loaded relations, their row counts and what deserves a notice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

from retention_pipeline import inputs  # what needs DuckDB: at first use
from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine, faults
from retention_pipeline.errors import CommandError, InputError, Location
from retention_pipeline.fingerprint import digest
from retention_pipeline.identity import FileNote, note, same_stat
from retention_pipeline.input_contracts import input_contract
from retention_pipeline.inputs import (
    ADDED,
    Format,
    InputContract,
    LoadReport,
    OnBadRows,
    Origin,
    is_address,
    locate,
)
from retention_pipeline.inputs.errors import TooFewRowsError
from retention_pipeline.nodes import Relation
from retention_pipeline.state import ERASED, note_statement, read_note, read_notes

_REMARK = "load "  # before the id of a source or seed: what its load left out


class Places(Protocol):
    """What an engine reads itself: folders and files at addresses like s3://bucket/orders."""

    def first(self, places: Sequence[str]) -> str:
        """The first of them that is there; '' when none is."""

    def mark(self, place: str) -> str:
        """Changes when a file there does."""

    def load(
        self,
        contract: InputContract,
        origin: Origin,
        is_same: Callable[[Relation, Relation], bool] | None,
    ) -> tuple[LoadReport, bool]:
        """Make the table, inside the transaction that is open; whether it differs from the old one."""


class Loader:
    """Knows where each input comes from; found once, before the first load."""

    def __init__(
        self,
        compiled: Compiled,
        known: Mapping[str, FileNote] | None = None,
        places: Places | None = None,
    ) -> None:
        """`places`: what the engine reads itself, where it does."""
        self.compiled, self._places = compiled, places
        self._marks: dict[str, str] = {}
        self.notices: list[str] = []
        self.notes: dict[Path, FileNote] = {}
        self.warn_error = False  # what would be a notice refuses the load
        self._known = known or {}
        self._remarked: dict[str, str] = {}
        self._is_rewritten = True  # the raw tables may not be what was loaded

    @cached_property
    def contracts(self) -> dict[str, InputContract]:
        """unique id -> contract of every contract source that an enabled model reads."""
        return {
            uid: input_contract(source)
            for uid, source in self.compiled.sources.items()
            if source.is_contract and self._is_read(uid)
        }

    @cached_property
    def origins(self) -> dict[str, Origin]:
        """unique id -> where its rows are. Raises InputError kinds when that cannot be said."""
        project = self.compiled.project
        outside = {u: c for u, c in self.contracts.items() if u not in self.compiled.seed_behind}
        if not outside:
            return {}
        path = project.vars.get("inputs_path")
        locations = project.vars.get("input_locations") or {}
        if not isinstance(locations, Mapping):
            raise CommandError("var input_locations must map tables to files")
        given = {str(k): str(v) for k, v in locations.items()}
        self._demand_places([str(path or ""), *given.values()])
        if path is not None and is_address(str(path)):
            if self._places is None:
                return {}  # nobody can look now
            given |= self._found_at(str(path), outside.values(), given)
            path = None
        found = locate(
            list(outside.values()),
            None if path is None else Path(str(path)),
            given,
            project.root,
        )
        if found.unused:
            names = ", ".join(sorted(p.name for p in found.unused))
            self.notices.append(f"not read, since no table asks for them: {names}")
        return {uid: found.origins[contract.name] for uid, contract in outside.items()}

    def _demand_places(self, places: Iterable[str]) -> None:
        """Raise for an address when the target reads files of this machine only."""
        address = next(filter(is_address, places), "")
        if not address:
            return
        if self.compiled.project.target.server is None:
            raise CommandError(
                f"'{address}' is no file of this machine, and nothing is read from a network here",
                fix="copy the files here, or build on a target whose server reads them: docs/spark.md",
            )
        if self.on_bad_rows != "error":
            raise CommandError(
                f"var on_bad_rows: rows of '{address}', which the server reads, cannot be set aside",
                fix="set it to error",
            )

    def _found_at(
        self, folder: str, contracts: Iterable[InputContract], given: Mapping[str, str]
    ) -> dict[str, str]:
        """The tables that are in a folder which only the engine can look into."""
        assert self._places is not None
        found = {}
        for contract in contracts:
            if contract.name in given or contract.table in given:
                continue
            names = [name for stem in contract.stems for name in (stem, f"{stem}.parquet")]
            place = self._places.first([f"{folder.rstrip('/')}/{name}" for name in names])
            if place:
                found[contract.name] = place
        return found

    @property
    def on_bad_rows(self) -> OnBadRows:
        value = self.compiled.project.vars.get("on_bad_rows", "error")
        if value not in ("error", "quarantine"):
            raise CommandError(
                f"var on_bad_rows is '{value}'", fix="it must be error or quarantine"
            )
        return value  # type: ignore[no-any-return]

    def prepare(self, engine: Engine, schemas: Iterable[str]) -> None:
        """Create what several loads share, before any of them runs."""
        self._remarked = read_notes(engine, _REMARK)
        self._is_rewritten = bool(read_note(engine, ERASED))
        with faults():
            inputs.prepare(engine.cursor, schemas)

    def demand_no_remark(self, uid: str) -> None:
        """Under --warn-error: raise CommandError for what its last load remarked."""
        if self.warn_error and f"{_REMARK}{uid}" in self._remarked:
            raise CommandError(f"--warn-error: {self._remarked[f'{_REMARK}{uid}']}")

    def version(self, uid: str) -> str:
        """A digest of what loading this source or seed would read: files, contract, policy.

        Raises PipelineError kinds when a file cannot be read.
        """
        origin = self._contract_of(uid)[1]
        if origin.place:
            return self._digest(uid, [self._mark(origin.place)])
        return self._version(uid, origin.files)

    def added(self, uid: str, is_made_of: Callable[[str], bool]) -> frozenset[Path]:
        """The files of a source that came to those that its table was made of; empty when another
        thing changed too, or the table is no longer what was loaded.

        `is_made_of(version)`: whether the table was loaded from what has this version.
        """
        if uid not in self.compiled.sources or self._is_rewritten:
            return frozenset()
        files = self.origins[uid].files
        known = [p for p in files if self._known_digest(p) == self._note(p).digest]
        if not known or len(known) == len(files) or not is_made_of(self._version(uid, known)):
            return frozenset()
        return frozenset(files) - frozenset(known)

    def _known_digest(self, path: Path) -> str:
        known = self._known.get(str(path))
        return "" if known is None else known.digest

    def _version(self, uid: str, paths: Iterable[Path]) -> str:
        return self._digest(uid, [self._note(path).digest for path in paths])

    def _digest(self, uid: str, files: list[str]) -> str:
        contract, _ = self._contract_of(uid)
        if contract is None:
            return digest("seed", files, self.compiled.seeds[uid].column_types)
        return digest("contract", files, repr(replace(contract, at=None)), self.on_bad_rows)

    def load(
        self,
        uid: str,
        engine: Engine,
        remember: Callable[[int, bool, bool], str] | None = None,
        is_same: Callable[[Relation, Relation], bool] | None = None,
        added: Collection[Path] = (),
        note_added: Callable[[str], None] = lambda _: None,
    ) -> tuple[int, str]:
        """Load one source or seed in one transaction; gives its rows and a remark.

        `added`: only these files are new, the table holds the rows of the others. When its rows are
        added, `note_added(rows)` is told of them before the commit.

        `remember(rows, settled, changed)` gives a statement to commit together with the rows;
        `settled` is False when a file changed while it was read. `is_same(old, new)` compares with
        the table that is there, if one is.
        """
        contract, origin = self._contract_of(uid)
        if contract is not None and origin.place:
            return self._load_there(uid, engine, contract, origin, remember, is_same)
        new = self.compiled.relations[uid]
        old = Relation(new.schema, f"{new.name}__before")
        old_as = None if is_same is None else old.name

        def commit(report: LoadReport) -> None:
            changed = is_same is None or not is_same(old, new)
            if is_same is not None:
                engine.query(f"drop table {old}")
            self._settle(uid, engine, remember, report, changed)

        def commit_added(report: LoadReport) -> None:
            has_rows = bool(engine.query("from " + ADDED + " limit 1"))
            if has_rows:
                note_added(ADDED)
            self._settle(uid, engine, remember, report, has_rows)

        with faults():
            if contract is None:
                seed = self.compiled.seeds[uid]
                path = self.compiled.project.root / seed.path
                place = (new.schema, new.name, path, seed.column_types)
                report = inputs.load_seed(
                    engine.cursor, *place, before_commit=commit, old_as=old_as
                )
            else:
                more = added and is_same is not None
                found = (
                    inputs.append(
                        engine.cursor, contract, origin, added, before_commit=commit_added
                    )
                    if more
                    else None
                )
                report = found or inputs.load(
                    engine.cursor,
                    contract,
                    origin,
                    on_bad_rows=self.on_bad_rows if uid in self.compiled.sources else "error",
                    before_commit=commit,
                    old_as=old_as,
                )
        self.notices += _remarks(report)
        return report.rows_loaded, "absent: empty" if report.origin.absent else ""

    def _settle(
        self,
        uid: str,
        engine: Engine,
        remember: Callable[[int, bool, bool], str] | None,
        report: LoadReport,
        changed: bool,
        *,
        is_settled: bool = True,
    ) -> None:
        """What is committed together with the rows: their version, and what a load left out."""
        if changed and not report.origin.place:
            engine.landed(self.compiled.relations[uid])
        remarks = "; ".join(_remarks(report))
        if remarks and self.warn_error:
            raise CommandError(f"--warn-error: {remarks}")
        if remember is not None:
            files = self._contract_of(uid)[1].files
            settled = is_settled and all(self._is_as_noted(path) for path in files)
            engine.query(remember(report.rows_loaded, settled, changed))
            if remarks != self._remarked.get(f"{_REMARK}{uid}", ""):
                engine.query(note_statement(f"{_REMARK}{uid}", remarks))

    def _load_there(
        self,
        uid: str,
        engine: Engine,
        contract: InputContract,
        origin: Origin,
        remember: Callable[[int, bool, bool], str] | None,
        is_same: Callable[[Relation, Relation], bool] | None,
    ) -> tuple[int, str]:
        """What the engine reads itself."""
        assert self._places is not None
        mark = self._mark(origin.place)
        with engine.transaction():
            report, changed = self._places.load(contract, origin, is_same)
            self._marks[origin.place] = self._places.mark(origin.place)
            is_settled = self._marks[origin.place] == mark
            self._settle(uid, engine, remember, report, changed, is_settled=is_settled)
        self.notices += _remarks(report)
        return report.rows_loaded, ""

    def _mark(self, place: str) -> str:
        if place not in self._marks:
            assert self._places is not None
            self._marks[place] = self._places.mark(place)
        return self._marks[place]

    def demand_rows(self, uid: str, rows: int) -> None:
        """Raise TooFewRowsError for a table that is given and has fewer rows than it must have."""
        contract, origin = self._contract_of(uid)
        if contract is None or origin.absent or rows >= contract.min_rows:
            return
        wanted = "at least one" if contract.min_rows == 1 else f"at least {contract.min_rows:,}"
        raise TooFewRowsError(
            f"{contract.name} has {f'{rows:,}' if rows else 'no'} rows that can be loaded; {wanted}"
            " is needed, so that an empty export does not empty the marts",
            at=Location(origin.files[0] if origin.files else origin.place),
            fix="run the export again; leave the file out if there is nothing of the kind, or set"
            " config.meta.min_rows of the table to 0",
        )

    def _contract_of(self, uid: str) -> tuple[InputContract | None, Origin]:
        """The contract and origin of a source, or of the source behind which a seed stands."""
        if uid in self.compiled.sources:
            return self.contracts[uid], self.origins[uid]
        path = self.compiled.project.root / self.compiled.seeds[uid].path
        origin = Origin(files=(path,), format=Format.CSV)
        behind = next((s for s, b in self.compiled.seed_behind.items() if b == uid), None)
        return (None if behind is None else input_contract(self.compiled.sources[behind])), origin

    def _note(self, path: Path) -> FileNote:
        if path not in self.notes:
            try:
                self.notes[path] = note(path, self._known.get(str(path)))
            except OSError as error:
                raise InputError(f"cannot be read: {error.strerror}", at=Location(path)) from None
        return self.notes[path]

    def _is_as_noted(self, path: Path) -> bool:
        try:
            return path not in self.notes or same_stat(path, self.notes[path])
        except OSError:
            return False

    def _is_read(self, uid: str) -> bool:
        return any(child in self.compiled.models for child in self.compiled.graph.children(uid))


def _remarks(report: LoadReport) -> Iterator[str]:
    """What a load did not take."""
    if report.rows_rejected:
        yield (
            f"{report.source}: {report.rows_rejected:,} of {report.rows_read:,} rows are in"
            f" raw.rejected_rows ({_reasons(report)})"
        )
    if report.ignored_columns:
        shown = ", ".join(name or "one without a name" for name in report.ignored_columns[:5])
        more = len(report.ignored_columns) - 5
        yield f"{report.source}: columns outside the contract are not read: {shown}" + (
            f" and {more:,} more" if more > 0 else ""
        )


def _reasons(report: LoadReport) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in report.reasons.items())
