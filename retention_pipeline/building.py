"""One run of build, run, test or seed on a compiled project, from the lock to the published marts.

Room:  edge. Imports every room below; DuckDB comes with it, so only what runs imports this.
In:    Compiled, a command, a selection.  Out: Results; PipelineError kinds before anything ran.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from retention_pipeline.ahead import UnitTests, all_will_run
from retention_pipeline.artifacts import write_compiled, write_manifest, write_results
from retention_pipeline.choice import Choices
from retention_pipeline.compiled import Compiled
from retention_pipeline.deferring import deferred
from retention_pipeline.early import Early
from retention_pipeline.engine import Engine
from retention_pipeline.erasure import Erasure
from retention_pipeline.errors import CommandError, EngineError, ErrorGroup
from retention_pipeline.events import Listen, Notice, Results
from retention_pipeline.guards import guard
from retention_pipeline.ledger import Ledger
from retention_pipeline.leftovers import shrink, sweep_spill
from retention_pipeline.loads import Loader
from retention_pipeline.lock import held
from retention_pipeline.materialize.external import gone_files
from retention_pipeline.materialize.run_hooks import RunHooks
from retention_pipeline.options import Flags
from retention_pipeline.ordering import Ordering
from retention_pipeline.past import NodeState
from retention_pipeline.plan import Command, Now, Plan, StepKind, make_plan
from retention_pipeline.run import run
from retention_pipeline.state import (
    drop_orphan,
    prepare_state,
    read_state,
    settle_salt_id,
    write_files,
    write_nodes,
    write_tests,
)
from retention_pipeline.targets import read_targets
from retention_pipeline.warehouse import open_warehouse, salt_notice

if TYPE_CHECKING:
    from retention_pipeline.publishing.first import FirstFile

_DEFAULT = Flags()


@dataclass
class Building:
    """One command on one project; used once."""

    compiled: Compiled
    command: Command
    choices: Choices
    listen: Listen
    flags: Flags
    early: Early
    chores: Callable[[], None]  # to be done beside the run
    build_id: str = field(default_factory=lambda: uuid4().hex)

    def __post_init__(self) -> None:
        self.ordering = Ordering(self.compiled)

    def run(self) -> Results:
        for text in filter(None, (*self.compiled.warnings, salt_notice(self.compiled))):
            self.listen(Notice(text))
        with self.early.settled(self.compiled) as binder:
            is_well = binder.models()
            with UnitTests(self.compiled, binder.types, binder.engine) as units:
                if is_well and all_will_run(self.compiled.project):
                    units.begin(self._unit_tests())
                binder.tests()
                self._check()
                return self._guarded(units)

    @property
    def _is_here(self) -> bool:
        """True when queries run in this process, on the shadow as well as anywhere."""
        return self.compiled.project.target.server is None

    def _unit_tests(self) -> list[str]:
        steps = self._planned(Now()).steps
        return [step.unique_id for step in steps if step.kind is StepKind.UNIT_TEST]

    def _guarded(self, units: UnitTests) -> Results:
        """With the project's database, which nobody else may write now."""
        path = self.compiled.project.target.path
        with held(path, shown(self.flags.moment), self.flags.wait):
            with open_warehouse(self.compiled) as engine:
                plain = self.compiled
                if self.flags.choice.defer:
                    choice, listen = self.flags.choice, self.listen
                    self.compiled = deferred(plain, self.choices, choice, engine, listen)
                    self.ordering = Ordering(self.compiled)
                erasure = Erasure.of(self.compiled, engine)
                results = self._run(units, engine, erasure)
            results = noted(results, erasure.close)
            return noted(
                results,
                lambda: write_results(
                    plain, results, self.build_id, self.flags.moment, self.flags.kept
                ),
            )

    def _check(self) -> None:
        """What can be known to be wrong before a database is made."""
        self._refuse(self.compiled.warnings)
        self._planned(Now())
        if self.command is Command.BUILD:
            read_targets(self.compiled.project)
        if self.command in (Command.BUILD, Command.RUN):
            probe = Loader(self.compiled)
            _ = probe.origins, probe.on_bad_rows
            self._refuse(probe.notices)

    def _refuse(self, warnings: Iterable[str]) -> None:
        """Under --warn-error: raise for them."""
        errors = [CommandError(f"--warn-error: {text}") for text in warnings]
        if self.flags.warn_error and errors:
            raise errors[0] if len(errors) == 1 else ErrorGroup(errors)

    def _run(self, units: UnitTests, engine: Engine, erasure: Erasure) -> Results:
        plain = units.compiled
        start = partial(
            run,
            compiled=self.compiled,
            engine=engine,
            units=units,
            fail_fast=self.flags.fail_fast,
            warn_error=self.flags.warn_error,
        )
        with engine.told():
            engine.ready(units.types)
            sweep_spill(engine)
            ledger = self._ledger(engine)
            shrink(engine)
            guard(plain, units.types, engine)
            plan = self._plan(ledger)
            if self.compiled.deferred:
                self._refuse_loads(plan, erasure, ledger)
            if self._may_erase and erasure.before(plan, ledger, start, self.listen):
                ledger = self._ledger(engine)
                plan = erasure.settled(self._plan(ledger))
            for node in drop_orphans(plan, engine, ledger):
                text = f"dropped {node.relation}: {node.unique_id} is no longer there"
                if node.keeps_history:
                    text = (
                        f"kept {node.relation}, which holds history: {node.unique_id} is no longer"
                        " there; drop it yourself when it is not needed"
                    )
                self.listen(Notice(text))
        hooks = RunHooks(self.compiled, engine, self.listen)
        with ExitStack() as stack:
            aside = stack.enter_context(ThreadPoolExecutor(max_workers=1))
            texts = aside.submit(self._write_texts, plain)  # while the database does its work
            first, listen = None, self.listen
            if self._wants_marts and plain.marts and plan.is_whole:  # a part is seldom published
                from retention_pipeline.beforehand import first_file, writing

                first = first_file(plain, engine)
                if first is not None:
                    listen = writing(stack.enter_context(first), plain, ledger, listen)
            results = hooks.around(plan, lambda: start(plan, ledger=ledger, listen=listen))
            results = noted(results, lambda: self._remember(engine, ledger, results))
            if self._is_here:
                aside.submit(engine.settle)  # while the marts are published
            if self.command is Command.BUILD and plain.marts:
                results = self._publish(units, engine, ledger, results, erasure, first)
            results = noted(results, texts.result)
        results = noted(results, engine.telling(erasure.compact))
        return replace(results, plan=plan, compiled=self.compiled, notes=ledger.loader.notes)

    def _write_texts(self, plain: Compiled) -> None:
        """What the project says, whatever came of it."""
        write_compiled(self.compiled)
        write_manifest(plain, self.build_id, self.flags.moment)
        self.chores()

    @property
    def _wants_marts(self) -> bool:
        return self.command is Command.BUILD and self.flags.publish and not self.flags.empty

    @property
    def _may_erase(self) -> bool:
        return self.command is not Command.TEST and not self.compiled.deferred

    def _refuse_loads(self, plan: Plan, erasure: Erasure, ledger: Ledger) -> None:
        """People are found by all raw tables together: some of them elsewhere will not do."""
        loads = [s.name for s in plan.steps if s.kind in (StepKind.LOAD, StepKind.SEED)]
        if loads and erasure.is_asked(ledger):
            raise CommandError(
                f"--defer: {loads[0]} would be loaded while erased people are only known to all"
                " raw tables together",
                fix="build without --defer, or leave the raw tables out",
            )

    def _ledger(self, engine: Engine) -> Ledger:
        return open_ledger(self.compiled, engine, self.build_id, self.flags)

    def _plan(self, ledger: Ledger) -> Plan:
        return self._planned(ledger.now)

    def _planned(self, now: Now) -> Plan:
        return make_plan(self.compiled, self.command, self.choices, now, self.ordering)

    def _remember(self, engine: Engine, ledger: Ledger, results: Results) -> None:
        known = {*self.compiled.tests, *self.compiled.unit_tests}
        with engine.told():
            write_tests(engine, ledger.test_states(results), ledger.state.tests.keys() - known)
            write_files(engine, ledger.loader.notes)
            write_nodes(engine, ledger.attested.values())

    def _publish(
        self,
        units: UnitTests,
        engine: Engine,
        ledger: Ledger,
        results: Results,
        erasure: Erasure,
        first: FirstFile | None,
    ) -> Results:
        from retention_pipeline.deliver import publish_build

        forget = results.ok and erasure.owes_versions
        done = publish_build(
            units.compiled,
            engine,
            ledger,
            units.types,
            results,
            self.choices.left_out,
            self.flags.moment,
            wanted=self._wants_marts,
            forget=forget,
            first=first,
        )
        if forget and done is not None and not (done.reason or done.failed):
            results = noted(results, engine.telling(erasure.versions_are_gone))
        return replace(results, published=done)


def open_ledger(
    compiled: Compiled, engine: Engine, build_id: str, flags: Flags = _DEFAULT
) -> Ledger:
    """What the database remembers, ready to be compared with the project."""
    prepare_state(engine)
    gone = gone_files(compiled)
    state = read_state(engine)
    return Ledger(
        compiled,
        Loader(compiled, state.files, engine.places),
        state,
        {r: kind for r, kind in engine.relations().items() if r not in gone},
        build_id,
        full_refresh=flags.full_refresh,
        retest=flags.retest,
        salt_id=settle_salt_id(engine),
        empty=flags.empty,
    )


def drop_orphans(plan: Plan, engine: Engine, ledger: Ledger) -> Iterable[NodeState]:
    """Drop what removed or renamed nodes left, unless another node has that relation now."""
    for node in (*plan.orphans, *plan.replaced):
        is_dropped = node in plan.orphans and not node.keeps_history
        kind = ledger.existing.get(node.relation) if is_dropped else None
        drop_orphan(engine, node, kind)
        del ledger.nodes[node.unique_id]
    return plan.orphans


def noted(results: Results, write: Callable[[], object]) -> Results:
    """Write something about a run that has ended; what goes wrong is told in the results."""
    try:
        write()
    except EngineError as error:
        return replace(results, trouble=results.trouble or str(error))
    return results


def shown(moment: datetime | None) -> str:
    """A moment for people who wait for the lock."""
    return "" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S UTC")
