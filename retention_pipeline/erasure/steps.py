"""When what happens to erased people: before the models run, after they passed, when all is closed.

Room:  act. Imports the rest of the room (where somebody is to be erased: at first use), ledger, plan,
       publishing, run, state. Touches the disk.
In:    a build on its way.  Out: raw tables without them; later no file that still holds them.

Three debts are noted in the working database until they are paid, so that a crash or a failed build
only postpones them: the raw tables, the bytes in the file, the published versions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from retention_pipeline.audit import FAILURES_SCHEMA
from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.erasure.requests import REQUESTS, Request, read_requests, requests_path
from retention_pipeline.errors import EngineError, Location
from retention_pipeline.events import Event, Listen, Notice, Results, Status
from retention_pipeline.fingerprint import digest
from retention_pipeline.freshness import Need, Verdict
from retention_pipeline.ledger import Ledger
from retention_pipeline.noop import forget_records
from retention_pipeline.plan import Command, Plan, Step, StepKind
from retention_pipeline.quoting import literal
from retention_pipeline.state import ERASED, TESTS, node_statement, note_statement, read_note

_DONE, _BYTES, _VERSIONS = ERASED, "erasure bytes", "erasure versions"
_UNDONE = "loading"  # is no _mark(): whatever becomes of the loads, all are made again and erased
# Purge.mark() of the last purge, and of the one after which nobody was left in what is published.
_LAST, _SETTLED = "erasure last", "erasure settled"


class Start(Protocol):
    """Runs a plan."""

    def __call__(self, plan: Plan, *, ledger: Ledger, listen: Listen) -> Results: ...


@dataclass
class Erasure:
    """One build's dealings with erased people."""

    compiled: Compiled
    engine: Engine
    own: tuple[Request, ...] = ()
    building: Path | None = None
    loaded: frozenset[str] = frozenset()
    history: tuple[str, ...] = ()  # what is to be said of tables with history

    @classmethod
    def of(cls, compiled: Compiled, engine: Engine) -> Erasure:
        """Raises InputError when the file of requests cannot be read."""
        return cls(compiled, engine, read_requests(requests_path(compiled.project)))

    # -- before the models ----------------------------------------------------------------------
    def before(self, plan: Plan, ledger: Ledger, start: Start, listen: Listen) -> bool:
        """Load what is due and forget people in it; True when the ledger has to be read again.

        Tables that name people are loaded together: one alone, with the others already rewritten,
        could not say any more who is who.
        """
        done = read_note(self.engine, _DONE)
        if not (done or self.is_asked(ledger)):
            return False
        from retention_pipeline.erasure.persons import resolver
        from retention_pipeline.erasure.purge import tables

        named, model = tables(self.compiled), resolver(self.compiled)
        if model is None:
            return False
        wanted = {
            *named,
            *(self.compiled.graph.ancestors(model.unique_id) & self.compiled.seeds.keys()),
        }
        due = {
            step.unique_id: replace(step, after=frozenset())
            for step in plan.steps
            if step.unique_id in wanted and step.verdict.need is not Need.REUSE
        }
        there = {uid for uid in wanted if self.compiled.relations[uid] in ledger.existing}
        if not due and done == self._mark(named, ledger):
            return False
        again = (there & named.keys() if done else set()) | (wanted - there - named.keys())
        steps = {uid: self._again(uid) for uid in sorted(again - due.keys())} | due
        if steps:
            if done:
                self.engine.query(note_statement(_DONE, _UNDONE))
            loads = Plan(Command.RUN, tuple(steps.values()), is_whole=False)
            if not _loaded(loads, ledger, start, listen):
                return True  # the same loads fail in the plan itself, which tells about them
        self.loaded = frozenset(steps)
        people = self._purge(ledger, self._mark(named, ledger))
        if people:
            what = "1 erased customer" if people == 1 else f"{people} erased customers"
            listen(Notice(f"{what}: only surrogates are left in the raw tables"))
        if people and ledger.state.nodes.keys().isdisjoint(self.compiled.models):
            self._compact_early()
        for text in self.history:
            listen(Notice(text))
        return True

    def settled(self, plan: Plan) -> Plan:
        """The plan without loading anew what was loaded, and rewritten, already."""
        verdict = Verdict(Need.REUSE, "loaded before somebody was erased")
        steps = (
            replace(step, verdict=verdict) if step.unique_id in self.loaded else step
            for step in plan.steps
        )
        return replace(plan, steps=tuple(steps))

    def is_asked(self, ledger: Ledger) -> bool:
        """True when there is any request: one of ours, or a table of them."""
        source = next(
            (
                uid
                for uid, s in self.compiled.sources.items()
                if s.is_contract and s.table == REQUESTS
            ),
            None,
        )
        if source is None:
            return False
        if self.own or source in self.compiled.seed_behind:
            return True
        origin = ledger.loader.origins.get(source)
        return origin is not None and not origin.absent

    def _mark(self, named: Iterable[str], ledger: Ledger) -> str:
        """Says what the raw tables were made of: their files, the requests, the salt, guests."""
        loaded = sorted((uid, ledger.nodes[uid].logic) for uid in named if uid in ledger.nodes)
        own = hashlib.sha256(repr(self.own).encode()).hexdigest() if self.own else ""
        guests = str(self.compiled.project.vars.get("guest_policy"))
        return digest("erasure", loaded, own, ledger.salt_id, guests)

    def _again(self, uid: str) -> Step:
        kind = StepKind.LOAD if uid in self.compiled.sources else StepKind.SEED
        verdict = Verdict(Need.BUILD, "somebody was erased")
        return Step(uid, self.compiled.cards[uid].name, kind, frozenset(), verdict)

    def _purge(self, ledger: Ledger, wanted: str) -> int:
        from retention_pipeline.erasure.past_rows import forget_history
        from retention_pipeline.erasure.purge import Purge

        purge = Purge(self.compiled, self.engine, self.own)
        try:
            purge.find()
            with self.engine.transaction():
                purge.rewrite()
                for uid in sorted(purge.changed):
                    self.engine.landed(self.compiled.relations[uid])
                    node = ledger.nodes.get(uid)
                    if node is not None:
                        version = digest(node.logic, "erased", purge.surrogates)
                        self.engine.query(
                            node_statement(replace(node, data_version=version), is_known=True)
                        )
                self.engine.query(note_statement(_DONE, wanted))
                mark = purge.mark()
                self.engine.query(note_statement(_LAST, mark))
                if not purge.people:
                    self.engine.query(note_statement(_SETTLED, ""))
                else:
                    is_settled = mark and mark == read_note(self.engine, _SETTLED)
                    self._owe(*([_BYTES] if is_settled else [_BYTES, _VERSIONS]))
                    self.history = tuple(
                        forget_history(self.compiled, self.engine, purge.changed, purge.surrogates)
                    )
            purge.close()
        except EngineFault as fault:
            raise EngineError(
                f"nobody was erased, and nothing built: {fault.message}",
                at=Location(requests_path(self.compiled.project)),
            ) from None
        return purge.people

    def _owe(self, *debts: str) -> None:
        """Note the debts, and drop what earlier builds wrote about people's rows.

        Every load of their rows brings the bytes back; what is published has been without them
        since it was settled, as long as nobody, and nothing that tells who they are, comes to it.
        """
        for name in debts:
            self.engine.query(note_statement(name, "owed"))
        # of a test that passed nothing is kept by which anybody could be known
        stored = [uid for uid, test in self.compiled.tests.items() if test.config.store_failures]
        ids = ", ".join(map(literal, ["", *stored]))
        passed = literal(str(Status.OK))
        self.engine.query(f"delete from {TESTS} where status <> {passed} or unique_id in ({ids})")
        self.engine.empty(FAILURES_SCHEMA)
        forget_records(self.compiled.project.root)

    # -- after the models -----------------------------------------------------------------------
    @property
    def owes_versions(self) -> bool:
        """True when what is published, or kept of it, may still hold somebody."""
        return bool(read_note(self.engine, _VERSIONS))

    def versions_are_gone(self) -> None:
        """The published files hold nobody any more."""
        self.engine.query(note_statement(_VERSIONS, ""))
        self.engine.query(note_statement(_SETTLED, read_note(self.engine, _LAST)))

    def compact(self) -> None:
        """Prepare a copy of the database without free blocks, if somebody was erased from it."""
        path = self.compiled.project.target.path
        if path != ":memory:" and read_note(self.engine, _BYTES):
            from retention_pipeline.erasure.compact import write_compact

            last = note_statement(_BYTES, "").replace("delete from ", "delete from {database}.")
            self.building = write_compact(self.engine, Path(path), last)

    def _compact_early(self) -> None:
        """Before any model is built a copy is small, and what is built later holds nobody."""
        self.compact()
        with self.engine.away():
            self.close()
        self.building = None

    def close(self) -> None:
        """Put the copy in place: the database is closed now."""
        if self.building is not None:
            from retention_pipeline.erasure.compact import swap_compact

            swap_compact(self.building, Path(self.compiled.project.target.path))


def _loaded(loads: Plan, ledger: Ledger, start: Start, listen: Listen) -> bool:
    """Run the loads; True when all went well."""
    results = start(loads, ledger=ledger, listen=partial(_hear, listen))
    if results.interrupted:
        raise KeyboardInterrupt
    return results.ok


def _hear(listen: Listen, event: Event) -> None:
    """Pass on what deserves a notice; the plan itself tells of the steps."""
    if isinstance(event, Notice):
        listen(event)
