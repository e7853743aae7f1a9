"""Plan + Engine -> Results: threads, skip what stands below a failure, stop cleanly.

Room:  act. Imports ahead, compiled, crowd, engine, errors, events, failing, freshness, impact,
       ledger, nodes, past, plan, schedule, state. Touches threads.
In:    Plan, Compiled, an open Engine.  Out: Results. It never decides what to run: the plan did.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any

from retention_pipeline.ahead import UnitTests
from retention_pipeline.compiled import Compiled
from retention_pipeline.crowd import Crowd
from retention_pipeline.data_tests import DataTests
from retention_pipeline.engine import ROW_GROUP, Built, Engine
from retention_pipeline.errors import EngineError, Location
from retention_pipeline.events import Finished, Listen, Notice, Results, Started, Status, StepResult
from retention_pipeline.failing import MENDABLE, failed, place_of
from retention_pipeline.freshness import Need
from retention_pipeline.impact import Impact
from retention_pipeline.keyed import Keyed, sweep_deltas
from retention_pipeline.ledger import Ledger
from retention_pipeline.materialize.making import make, without_rows
from retention_pipeline.materialize.settings import rebuilds
from retention_pipeline.materialize.work import Work
from retention_pipeline.nodes import Materialized
from retention_pipeline.past import NodeState, TestState
from retention_pipeline.plan import Plan, Step, StepKind
from retention_pipeline.schedule import Schedule
from retention_pipeline.state import node_statement
from retention_pipeline.touched_tests import TouchedTests
from retention_pipeline.turn import model_at_turn

_TESTS_AT_ONCE = 16
_NOTES_AT_ONCE = 64
_SMALL = 16 * 1024 * 1024  # bytes of input files


def run(
    plan: Plan,
    compiled: Compiled,
    engine: Engine,
    units: UnitTests,
    ledger: Ledger,
    listen: Listen,
    *,
    fail_fast: bool = False,
    warn_error: bool = False,
) -> Results:
    """Run every step of `plan`; steps whose forerunners failed are skipped, the rest goes on.

    `fail_fast`: the first failure ends it. `warn_error`: a test that warns, a load that remarks has failed.
    `units`: of the project as it was bound, which is not `compiled` where some of it is deferred.
    A KeyboardInterrupt stops the running statements, skips the rest and is told in the Results.
    """
    work = _Run(plan, compiled, engine, units, ledger, listen)
    work.fail_fast, work.warn_error = fail_fast, warn_error
    ledger.loader.warn_error = warn_error
    return work.run()


class _Run:
    def __init__(
        self,
        plan: Plan,
        compiled: Compiled,
        engine: Engine,
        units: UnitTests,
        ledger: Ledger,
        listen: Listen,
    ) -> None:
        self.plan, self.compiled, self.engine, self.units = plan, compiled, engine, units
        self.ledger, self.loader, self.listen = ledger, ledger.loader, listen
        self.results: dict[str, StepResult] = {}
        self.interrupted = False
        self.fail_fast = self.warn_error = False
        self.trouble = ""
        self.tests = DataTests(compiled, engine)
        self.crowd = Crowd()
        self._prints: dict[str, str] = {}
        self.impact = Impact(
            units.compiled,
            units.types,
            engine,
            ledger.state.nodes,
            ledger.nodes,
            ledger.full_refresh,
        )
        steps = {step.unique_id for step in plan.steps}
        tested = {table for uid in steps if (table := self.tests.table_of(uid)) is not None}
        self.keyed = Keyed(compiled, engine, ledger, self.impact, steps, tested)
        self.touched = TouchedTests(compiled, engine, ledger, self.keyed)

    def run(self) -> Results:
        began = time.perf_counter()
        self._prepare()
        try:
            self._work()
        finally:
            self._keep(self.ledger.write_notes, self.engine)
            self._keep(self.keyed.close)
        self._keep(self.impact.keep)
        for text in self.loader.notices:
            self.listen(Notice(text))
        return Results(
            command=str(self.plan.command),
            steps=tuple(self.results.values()),
            seconds=time.perf_counter() - began,
            interrupted=self.interrupted,
            trouble=self.trouble,
            vars=dict(self.compiled.project.vars),
        )

    def _keep(self, write: Callable[..., None], *given: Any) -> None:
        """Write what is to be remembered; the first thing that goes wrong is told in the Results."""
        try:
            with self.engine.told():
                write(*given)
        except EngineError as error:
            self.trouble = self.trouble or str(error)

    def _prepare(self) -> None:
        """Schemas first and one by one: concurrent CREATE SCHEMA conflicts in DuckDB."""
        schemas = {
            self.compiled.relations[s.unique_id].schema
            for s in self.plan.steps
            if s.unique_id in self.compiled.relations
        }
        with self.engine.told():
            self.engine.ensure_schemas(schemas)
            sweep_deltas(self.engine)
            self.engine.narrow(narrow=self._is_small())
            loads = [s for s in self.plan.steps if s.kind in (StepKind.LOAD, StepKind.SEED)]
            self.loader.prepare(
                self.engine, {self.compiled.relations[s.unique_id].schema for s in loads}
            )

    def _is_small(self) -> bool:
        """True when no table is known to be, or to become, larger than one thread's share."""
        outside = any(source.location for source in self.compiled.sources.values())
        size = sum(note.size for note in self.loader.notes.values())
        return not outside and size <= _SMALL and self.engine.most_rows() <= ROW_GROUP

    def _work(self) -> None:
        schedule = Schedule(self.plan.steps, lambda step: self.tests.table_of(step.unique_id))
        running: dict[Future[list[StepResult]], list[Step]] = {}
        with ThreadPoolExecutor(self.compiled.project.target.threads) as pool:
            try:
                while schedule or running:
                    self._start_ready(schedule, running, pool)
                    done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                    for future in done:
                        for result in future.result():
                            self._finish(result, schedule)
                        del running[future]
                    if self.fail_fast and self._has_failed():
                        self._stop(schedule, running, "stopped by --fail-fast")
            except KeyboardInterrupt:
                self.interrupted = True
                self._stop(schedule, running, "interrupted")

    def _has_failed(self) -> bool:
        return any(result.status is Status.FAILED for result in self.results.values())

    def _start_ready(
        self,
        schedule: Schedule,
        running: dict[Future[list[StepResult]], list[Step]],
        pool: ThreadPoolExecutor,
    ) -> None:
        """Hand over what can start, skip what never will.

        One piece more than there are threads: a thread that ends finds work without asking for it.
        """
        while len(running) <= self.compiled.project.target.threads:
            steps = schedule.next(_TESTS_AT_ONCE)
            if not steps:
                return
            well = []
            for step in steps:
                bad = sorted(uid for uid in step.after if self._blocks(uid))
                if bad:
                    self._finish(self._skipped(step, self.results[bad[0]]), schedule)
                else:
                    well.append(step)
            if well:
                running[pool.submit(self._steps, well)] = well

    def _blocks(self, uid: str) -> bool:
        return self.results[uid].status in (Status.FAILED, Status.SKIPPED)

    @staticmethod
    def _skipped(step: Step, because: StepResult) -> StepResult:
        word = "failed" if because.status is Status.FAILED else "was skipped"
        return StepResult(
            step.unique_id, step.name, str(step.kind), Status.SKIPPED, f"{because.name} {word}"
        )

    def _finish(self, result: StepResult, schedule: Schedule) -> None:
        self.results[result.unique_id] = result
        if (result.rows or 0) > ROW_GROUP:
            self.engine.narrow(narrow=False)
        self._keep(self.ledger.write_notes, self.engine, _NOTES_AT_ONCE)
        schedule.done(result.unique_id)
        self.listen(Finished(result))

    def _stop(
        self,
        schedule: Schedule,
        running: dict[Future[list[StepResult]], list[Step]],
        why: str,
    ) -> None:
        """End what runs, skip what is left."""
        never = [step for future, steps in running.items() if future.cancel() for step in steps]
        self.crowd.close()
        self.engine.interrupt()
        self.units.shadow.interrupt()
        for future in running:
            for result in () if future.cancelled() else future.result():
                if result.status is Status.FAILED:
                    result = replace(result, status=Status.SKIPPED, message=why, detail="")
                self._finish(result, schedule)
        for step in never + schedule.left():
            kind = str(step.kind)
            self._finish(StepResult(step.unique_id, step.name, kind, Status.SKIPPED, why), schedule)
        running.clear()

    # -- one step -----------------------------------------------------------------------------
    def _steps(self, steps: list[Step]) -> list[StepResult]:
        """Run steps one after the other: one of any kind, or data tests of one table."""
        began = time.perf_counter()
        if len(steps) > 1:
            uids = [step.unique_id for step in steps]
            self._prints |= {uid: self.ledger.test_fingerprint(uid) for uid in uids}
            self.tests.look(u for u in uids if self.ledger.kept(u, self._prints[u]) is None)
        looked = time.perf_counter() - began
        first, *others = (self._step(step) for step in steps)
        return [replace(first, seconds=first.seconds + looked), *others]

    def _step(self, step: Step) -> StepResult:
        """Run one step in a worker thread; whatever the user can mend becomes its result."""
        self.listen(Started(step.unique_id, step.name, str(step.kind)))
        began = time.perf_counter()
        result = StepResult(step.unique_id, step.name, str(step.kind), Status.OK)
        try:
            found = self.crowd.do(lambda: self._act(step), lambda _: self._goes_again(step))
            result = replace(result, **found)
        except MENDABLE as error:
            result = replace(result, **failed(error, self.compiled, step.unique_id))
        spent = self.units.spent.get(step.unique_id)  # perhaps before its turn
        return replace(result, seconds=time.perf_counter() - began if spent is None else spent)

    def _goes_again(self, step: Step) -> bool:
        """Whether a step that ran out of memory beside others may be done once more, and a word of it."""
        model = self.compiled.models.get(step.unique_id)
        if model is not None and (model.hooks or model.model.is_python):
            return False  # what a user's own code did is not undone
        self.listen(Notice(f"{step.name} ran out of memory beside other steps: again, alone"))
        return True

    def _act(self, step: Step) -> dict[str, Any]:
        if step.kind in (StepKind.DATA_TEST, StepKind.UNIT_TEST):
            return self._test(step)
        verdict = self.ledger.verdict(step, self.impact.spared)
        found: dict[str, Any] = {
            "message": verdict.reason,
            "relation": str(self.compiled.relations[step.unique_id]),
        }
        if verdict.need is Need.REUSE:
            self.loader.demand_no_remark(step.unique_id)
            rows = self.ledger.reuse(step.unique_id)
            return found | {"status": Status.REUSED, "rows": rows}
        if step.kind in (StepKind.MODEL, StepKind.SNAPSHOT):
            return found | self._model(step.unique_id)
        rows, message = self._load(step.unique_id)
        return found | {"rows": rows, "message": message or verdict.reason}

    def _model(self, uid: str) -> dict[str, Any]:
        model = self.compiled.models[uid]
        if model.introspective:
            model = model_at_turn(self.compiled, model, self.engine)
        made: list[NodeState] = []
        is_view = self.ledger.existing.get(model.relation) == "view"
        if is_view and model.materialized is Materialized.VIEW and self.ledger.is_known(uid):
            self.impact.note_view(uid, self.ledger.logic(uid), self.ledger.parents(uid))

        def remember(built: Built) -> str:
            made.append(self.ledger.node(uid, built.rows, built.changed))
            if work.is_one_statement:
                return ""
            return node_statement(made[-1], is_known=self.ledger.is_noted(uid))

        work = Work(
            self.engine,
            without_rows(model) if self.ledger.empty else model,
            self.compiled.project,
            self.ledger.existing.get(model.relation),
            rebuilds(model.config, self.ledger.full_refresh),
            None if self.ledger.empty else self.keyed.judge(uid),
            not self.ledger.is_noted(uid),
            {self.compiled.cards[n].name: self.compiled.relations[n] for n in model.needs},
            self.keyed.touched(uid),
        )
        built = make(work, remember)
        self.ledger.remember(made[-1])
        if work.is_one_statement:
            self.ledger.note_later(made[-1])
        return {"rows": built.rows} | ({"message": built.message} if built.message else {})

    def _load(self, uid: str) -> tuple[int, str]:
        made: list[NodeState] = []

        def remember(rows: int, settled: bool, changed: bool) -> str:
            self.loader.demand_rows(uid, rows)
            made.append(self.ledger.loaded(uid, rows, settled, changed))
            return node_statement(made[-1], is_known=self.ledger.is_noted(uid))

        rows, message = self.loader.load(
            uid,
            self.engine,
            remember,
            self.keyed.judge(uid),
            self.ledger.added(uid),
            lambda added: self.keyed.note_added(uid, added),
        )
        self.ledger.remember(made[-1])
        return rows, message

    def _test(self, step: Step) -> dict[str, Any]:
        """Run a test, or keep its last result when neither it nor what it reads changed."""
        uid = step.unique_id
        is_unit = step.kind is StepKind.UNIT_TEST
        has_run = is_unit and self.units.settle(uid)
        print_ = self.units.fingerprint(uid) if is_unit else self._print(uid)
        kept = None if has_run else self.ledger.kept(uid, print_)
        if kept is not None:
            return self._judged(_kept(kept, place_of(self.compiled, uid, None)))
        self.ledger.fingerprints[uid] = print_
        if not is_unit:
            if self.touched.finds_nothing(uid):
                self.tests.note_empty(uid)
            return self._judged(self.tests.run(uid))
        if not has_run:
            self.units.run(uid, self.engine)
        return {}

    def _print(self, uid: str) -> str:
        return self._prints.pop(uid, "") or self.ledger.test_fingerprint(uid)

    def _judged(self, found: dict[str, Any]) -> dict[str, Any]:
        """A warning is a failure under --warn-error."""
        if self.warn_error and found["status"] is Status.WARN:
            return found | {
                "status": Status.FAILED,
                "message": f"{found['message']} (--warn-error)",
            }
        return found


def _kept(last: TestState, at: Location | None) -> dict[str, Any]:
    """The result of a test that need not run again; a warning stays a warning."""
    if last.status == Status.WARN:
        message = f"{last.message} (kept)"
        return {
            "status": Status.WARN,
            "message": message,
            "failures": last.failures,
            "detail": last.detail,
            "at": at,
        }
    return {"status": Status.REUSED, "message": "kept: nothing it tests changed"}
