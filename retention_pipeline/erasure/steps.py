"""When what happens to erased people: before the models run, after they passed, when all is closed.

Room:  act. Imports the rest of the room, ledger, plan, publishing, run, state. Touches the disk.
In:    a build on its way.  Out: raw tables without them; later no file that still holds them.

Three debts are noted in the working database until they are paid, so that a crash or a failed build
only postpones them: the raw tables, the bytes in the file, the published versions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from retention_pipeline.audit import FAILURES_SCHEMA
from retention_pipeline.compiler import Compiled
from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.erasure.compact import swap_compact, write_compact
from retention_pipeline.erasure.persons import resolver
from retention_pipeline.erasure.purge import REQUESTS, Purge, tables
from retention_pipeline.erasure.requests import Request, read_requests, requests_path
from retention_pipeline.errors import EngineError, Location
from retention_pipeline.events import Results
from retention_pipeline.fingerprint import digest
from retention_pipeline.freshness import Need, Verdict
from retention_pipeline.ledger import Ledger
from retention_pipeline.noop import forget_records
from retention_pipeline.plan import Command, Plan, Step, StepKind
from retention_pipeline.quoting import quote
from retention_pipeline.state import TESTS, node_statement, note_statement, read_note

_DONE, _BYTES, _VERSIONS = "erasure done", "erasure bytes", "erasure versions"
_LOADS = (StepKind.LOAD, StepKind.SEED)
RunPlan = Callable[[Plan, Ledger], Results]


@dataclass
class Erasure:
    """One build's dealings with erased people."""

    compiled: Compiled
    engine: Engine
    own: tuple[Request, ...] = ()
    notices: list[str] = field(default_factory=list)
    building: Path | None = None

    @classmethod
    def of(cls, compiled: Compiled, engine: Engine) -> Erasure:
        """Raises InputError when the file of requests cannot be read."""
        return cls(compiled, engine, read_requests(requests_path(compiled.project)))

    # -- before the models ----------------------------------------------------------------------
    def before(self, plan: Plan, ledger: Ledger, run_plan: RunPlan) -> bool:
        """Load what is due and forget people in it; True when the ledger has to be read again.

        Tables that name people are loaded together: one alone, with the others already rewritten,
        could not say any more who is who.
        """
        named = tables(self.compiled)
        done = read_note(self.engine, _DONE)
        if resolver(self.compiled) is None or not (done or self._is_asked(ledger)):
            return False
        due = {
            step.unique_id: step
            for step in plan.steps
            if step.kind in _LOADS and step.unique_id in named and step.verdict.need is not Need.REUSE
        }
        there = {uid for uid, table in named.items() if table.relation in ledger.existing}
        wanted = self._mark({uid: ledger.logic(uid) for uid in sorted({*due, *there})}, ledger)
        if done == wanted and not due:
            return False
        again = {uid: self._again(uid, ledger) for uid in there - due.keys() if done}
        loads = Plan(Command.RUN, tuple({**again, **due}.values()), is_whole=False)
        if loads.steps and not run_plan(loads, ledger).ok:
            return True  # the same loads fail in the plan itself, which tells about them
        self._purge(ledger, wanted)
        return True

    def _is_asked(self, ledger: Ledger) -> bool:
        """True when there is any request: one of ours, or a table of them."""
        source = next(
            (uid for uid, s in self.compiled.sources.items() if s.is_contract and s.table == REQUESTS),
            None,
        )
        if source is None:
            return False
        if self.own or source in self.compiled.seed_behind:
            return True
        origin = ledger.loader.origins.get(source)
        return origin is not None and not origin.absent

    def _mark(self, loaded: Mapping[str, str], ledger: Ledger) -> str:
        """Says what the raw tables were made of: their files, the requests, the salt, guests."""
        own = hashlib.sha256(repr(self.own).encode()).hexdigest() if self.own else ""
        guests = str(self.compiled.project.vars.get("guest_policy"))
        return digest("erasure", sorted(loaded.items()), own, ledger.salt_id, guests)

    def _again(self, uid: str, ledger: Ledger) -> Step:
        kind = StepKind.LOAD if uid in self.compiled.sources else StepKind.SEED
        verdict = Verdict(Need.BUILD, "somebody was erased")
        return Step(uid, self.compiled.cards[uid].name, kind, frozenset(), verdict)

    def _purge(self, ledger: Ledger, wanted: str) -> None:
        purge = Purge(self.compiled, self.engine, self.own)
        try:
            with self.engine.transaction():
                purge.run()
                for uid in sorted(purge.changed):
                    node = ledger.nodes.get(uid)
                    if node is not None:
                        version = digest(node.logic, "erased", purge.surrogates)
                        self.engine.query(node_statement(replace(node, data_version=version)))
                self.engine.query(note_statement(_DONE, wanted))
                if purge.people:
                    self._owe()
        except EngineFault as fault:
            raise EngineError(
                f"nobody was erased, and nothing built: {fault.message}",
                at=Location(requests_path(self.compiled.project)),
            ) from None
        if purge.people:
            what = "1 erased customer" if purge.people == 1 else f"{purge.people} erased customers"
            self.notices.append(f"{what}: only a surrogate is left in the raw tables")

    def _owe(self) -> None:
        """Note the debts, and drop what earlier builds wrote about people's rows."""
        for name in (_BYTES, _VERSIONS):
            self.engine.query(note_statement(name, "owed"))
        self.engine.query(f"delete from {TESTS}")
        self.engine.query(f"drop schema if exists {quote(FAILURES_SCHEMA)} cascade")
        forget_records(self.compiled.project.root)

    # -- after the models -----------------------------------------------------------------------
    @property
    def owes_versions(self) -> bool:
        """True when what is published, or kept of it, may still hold somebody."""
        return bool(read_note(self.engine, _VERSIONS))

    def versions_are_gone(self) -> None:
        """The published files hold nobody any more."""
        self.engine.query(note_statement(_VERSIONS, ""))

    def compact(self) -> None:
        """Prepare a copy of the database without free blocks, if somebody was erased from it."""
        path = self.compiled.project.target.path
        if path != ":memory:" and read_note(self.engine, _BYTES):
            last = note_statement(_BYTES, "").replace("delete from ", "delete from {database}.")
            self.building = write_compact(self.engine, Path(path), last)

    def close(self) -> None:
        """Put the copy in place: the database is closed now."""
        if self.building is not None:
            swap_compact(self.building, Path(self.compiled.project.target.path))
