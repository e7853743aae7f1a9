"""Plan + Engine -> Results: threads, skip what stands below a failure, stop cleanly.

Room:  act. Imports binder, compiler, engine, errors, events, loads, plan, unit_tests. Touches threads.
In:    Plan, Compiled, an open Engine.  Out: Results. It never decides what to run: the plan did.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any

from retention_pipeline.audit import judge, store_failures
from retention_pipeline.binder import Types
from retention_pipeline.compiler import Compiled
from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.errors import EngineError, Location, PipelineError
from retention_pipeline.events import Finished, Listen, Notice, Results, Started, Status, StepResult
from retention_pipeline.loads import Loader
from retention_pipeline.nodes import Relation
from retention_pipeline.plan import Plan, Step, StepKind
from retention_pipeline.unit_tests import UnitTestFailed, explain, run_unit_test

_EXAMPLES = 5


def run(
    plan: Plan,
    compiled: Compiled,
    engine: Engine,
    types: Types,
    loader: Loader,
    existing: Mapping[Relation, str],
    listen: Listen,
) -> Results:
    """Run every step of `plan`; steps whose forerunners failed are skipped, the rest goes on.

    A KeyboardInterrupt stops the running statements, skips the rest and is told in the Results.
    """
    return _Run(plan, compiled, engine, types, loader, existing, listen).run()


class _Run:
    def __init__(
        self,
        plan: Plan,
        compiled: Compiled,
        engine: Engine,
        types: Types,
        loader: Loader,
        existing: Mapping[Relation, str],
        listen: Listen,
    ) -> None:
        self.plan, self.compiled, self.engine, self.types = plan, compiled, engine, types
        self.loader, self.existing, self.listen = loader, existing, listen
        self.results: dict[str, StepResult] = {}
        self.interrupted = False
        self.memory: Engine | None = None

    def run(self) -> Results:
        began = time.perf_counter()
        self._prepare()
        try:
            self._work()
        finally:
            if self.memory is not None:
                self.memory.close()
        for text in self.loader.notices:
            self.listen(Notice(text))
        return Results(
            command=str(self.plan.command),
            steps=tuple(self.results.values()),
            seconds=time.perf_counter() - began,
            interrupted=self.interrupted,
            vars=dict(self.compiled.project.vars),
        )

    def _prepare(self) -> None:
        """Schemas first and one by one: concurrent CREATE SCHEMA conflicts in DuckDB."""
        schemas = {
            self.compiled.relations[s.unique_id].schema
            for s in self.plan.steps
            if s.unique_id in self.compiled.relations
        }
        try:
            self.engine.ensure_schemas(schemas)
            loads = [s for s in self.plan.steps if s.kind in (StepKind.LOAD, StepKind.SEED)]
            self.loader.prepare(
                self.engine, {self.compiled.relations[s.unique_id].schema for s in loads}
            )
        except EngineFault as fault:
            raise EngineError(
                f"cannot write the working database: {fault.message}", at=Location(self.engine.path)
            ) from None
        if any(step.kind is StepKind.UNIT_TEST for step in self.plan.steps):
            # tiny tables: one thread each is quicker than sharing them out
            self.memory = Engine(":memory:", {"threads": 1})

    def _work(self) -> None:
        waiting = {step.unique_id: step for step in self.plan.steps}
        running: dict[Future[StepResult], str] = {}
        with ThreadPoolExecutor(self.compiled.project.target.threads) as pool:
            try:
                while waiting or running:
                    self._start_ready(waiting, running, pool)
                    done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                    for future in done:
                        self._finish(future.result())
                        del running[future]
            except KeyboardInterrupt:
                self._interrupt(waiting, running)

    def _start_ready(
        self,
        waiting: dict[str, Step],
        running: dict[Future[StepResult], str],
        pool: ThreadPoolExecutor,
    ) -> None:
        """Hand over what can start, skip what never will. Keeps few in hand so Ctrl-C is quick."""
        limit = self.compiled.project.target.threads
        changed = True
        while changed:
            changed = False
            for uid, step in list(waiting.items()):
                if not step.after <= self.results.keys():
                    continue
                bad = sorted(u for u in step.after if self._blocks(u))
                if bad:
                    del waiting[uid]
                    self._finish(self._skipped(step, self.results[bad[0]]))
                    changed = True
                elif len(running) < limit:
                    del waiting[uid]
                    running[pool.submit(self._step, step)] = uid

    def _blocks(self, uid: str) -> bool:
        return self.results[uid].status in (Status.FAILED, Status.SKIPPED)

    @staticmethod
    def _skipped(step: Step, because: StepResult) -> StepResult:
        word = "failed" if because.status is Status.FAILED else "was skipped"
        return StepResult(
            step.unique_id, step.name, str(step.kind), Status.SKIPPED, f"{because.name} {word}"
        )

    def _finish(self, result: StepResult) -> None:
        self.results[result.unique_id] = result
        self.listen(Finished(result))

    def _interrupt(self, waiting: dict[str, Step], running: dict[Future[StepResult], str]) -> None:
        self.interrupted = True
        self.engine.interrupt()
        if self.memory is not None:
            self.memory.interrupt()
        for future in running:
            result = future.result()
            if result.status is Status.FAILED:
                result = replace(result, status=Status.SKIPPED, message="interrupted", detail="")
            self._finish(result)
        for step in waiting.values():
            self._finish(
                StepResult(step.unique_id, step.name, str(step.kind), Status.SKIPPED, "interrupted")
            )

    # -- one step -----------------------------------------------------------------------------
    def _step(self, step: Step) -> StepResult:
        """Run one step in a worker thread; whatever the user can mend becomes its result."""
        self.listen(Started(step.unique_id, step.name, str(step.kind)))
        began = time.perf_counter()
        result = StepResult(step.unique_id, step.name, str(step.kind), Status.OK)
        try:
            result = replace(result, **self._act(step))
        except EngineFault as fault:
            place = self._place(step, fault.line)
            result = replace(
                result, status=Status.FAILED, message=fault.message, at=place, fix=fault.fix
            )
        except UnitTestFailed as failed:
            unit = self.compiled.unit_tests[step.unique_id]
            result = replace(
                result,
                status=Status.FAILED,
                message=explain(failed),
                at=unit.at,
                detail=str(failed),
            )
        except PipelineError as error:
            result = replace(
                result,
                status=Status.FAILED,
                message=f"{error.code} {error.message}",
                at=error.at,
                fix=error.fix,
            )
        return replace(result, seconds=time.perf_counter() - began)

    def _act(self, step: Step) -> dict[str, Any]:
        uid = step.unique_id
        if step.kind is StepKind.MODEL:
            return self._model(uid)
        if step.kind is StepKind.DATA_TEST:
            return self._data_test(uid)
        if step.kind is StepKind.UNIT_TEST:
            assert self.memory is not None
            run_unit_test(self.compiled.unit_tests[uid], self.compiled, self.types, self.memory)
            return {}
        rows, message = self.loader.load(uid, self.engine)
        return {"rows": rows, "message": message, "relation": str(self.compiled.relations[uid])}

    def _model(self, uid: str) -> dict[str, Any]:
        model = self.compiled.models[uid]
        rows = self.engine.build(
            model.relation, model.materialized, model.sql, self.existing.get(model.relation)
        )
        return {"rows": rows, "relation": str(model.relation)}

    def _data_test(self, uid: str) -> dict[str, Any]:
        test = self.compiled.tests[uid]
        failures = int(self.engine.query(test.count_sql, shift=2)[0][0] or 0)
        status, message = judge(failures, test.config)
        found: dict[str, Any] = {"failures": failures, "status": status, "message": message}
        if status is not Status.OK:
            columns, rows = self.engine.table(
                f"select * from (\n{test.rows_sql}\n) as examples limit {_EXAMPLES}"
            )
            found |= {"at": test.test.at, "detail": _table(columns, rows)}
        if test.config.store_failures:
            found["relation"] = store_failures(self.engine, test)
        return found

    def _place(self, step: Step, line: int | None) -> Location | None:
        uid = step.unique_id
        if uid in self.compiled.models:
            return self.compiled.models[uid].place(self.compiled.project, line)
        if uid in self.compiled.tests:
            return self.compiled.tests[uid].place(line)
        if uid in self.compiled.unit_tests:
            unit = self.compiled.unit_tests[uid]
            model = next(m for m in self.compiled.models.values() if m.model.name == unit.model)
            return model.place(self.compiled.project, line)
        if uid in self.compiled.seeds:
            return Location(self.compiled.project.place(self.compiled.seeds[uid].path))
        return self.compiled.sources[uid].at


def _table(columns: list[str], rows: list[tuple[Any, ...]]) -> str:
    """The first failing rows, one `column=value` list a line; wide rows are cut."""
    lines = []
    for row in rows:
        cells = [f"{c}={'NULL' if v is None else v}" for c, v in zip(columns, row, strict=True)]
        text = ", ".join(cells)
        lines.append("  " + (text if len(text) <= 300 else text[:297] + "..."))
    return "\n".join(lines)
