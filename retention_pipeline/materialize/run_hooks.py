"""on-run-start and on-run-end: statements around a whole run.

Room:  act. Imports compiled, engine, errors, events, materialize, node_view, nodes, plan.
In:    Compiled, an Engine, what runs in between.  Out: its Results, with a step for each hook.

A start hook that fails ends the run before it began: every step is skipped. End hooks run in any
case, also after failures; one that fails fails the run, so that nothing is published.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.errors import Location, PipelineError
from retention_pipeline.events import Finished, Listen, Results, Status, StepResult
from retention_pipeline.materialize.hooks import rendered
from retention_pipeline.node_view import Lazy, node_view, parents_of
from retention_pipeline.nodes import DataTest, Model, Seed
from retention_pipeline.plan import Plan

START, END = "on-run-start", "on-run-end"


@dataclass(frozen=True)
class RunHooks:
    """The hooks of one run."""

    compiled: Compiled
    engine: Engine
    listen: Listen

    def around(self, plan: Plan, run: Callable[[], Results]) -> Results:
        """Start hooks, `run`, end hooks."""
        texts = self.compiled.project.run_hooks
        if not any(texts.values()):
            return run()
        began = self._all(START, plan, {})
        is_good = all(step.status is Status.OK for step in began)
        results = run() if is_good else self._nothing(plan)
        ended = self._all(
            END, plan, {"results": [_Result.of(s, self.compiled) for s in results.steps]}
        )
        seconds = results.seconds + sum(step.seconds for step in (*began, *ended))
        return replace(results, steps=(*began, *results.steps, *ended), seconds=seconds)

    def _all(self, key: str, plan: Plan, names: dict[str, Any]) -> list[StepResult]:
        """Run the hooks of one end, one after the other; the first that fails is the last."""
        done: list[StepResult] = []
        ids = [s.unique_id for s in plan.steps if s.unique_id in self.compiled.relations]
        schemas = sorted({self.compiled.relations[uid].schema for uid in ids})
        path = self.compiled.project.target.path
        names |= {"schemas": schemas, "database_schemas": [(path, s) for s in schemas]}
        for number, text in enumerate(self.compiled.project.run_hooks.get(key, ())):
            name = f"{self.compiled.project.name}-{key}-{number}"
            unique_id = f"operation.{self.compiled.project.name}.{name}"
            began = time.perf_counter()
            result = StepResult(unique_id, name, "hook", Status.OK)
            try:
                for hook in rendered([text], lambda t: self._render(t, names), self._at):
                    self.engine.query(hook.sql)
            except EngineFault as fault:
                result = replace(
                    result, status=Status.FAILED, message=fault.message, at=self._at, fix=fault.fix
                )
            except PipelineError as error:
                message = f"{error.code} {error.message}"
                result = replace(
                    result, status=Status.FAILED, message=message, at=error.at, fix=error.fix
                )
            done.append(replace(result, seconds=time.perf_counter() - began))
            self.listen(Finished(done[-1]))
            if done[-1].status is Status.FAILED:
                break
        return done

    @property
    def _at(self) -> Location:
        project = self.compiled.project
        return Location(project.place(project.root / "dbt_project.yml"))

    def _render(self, text: str, names: dict[str, Any]) -> str:
        relations = {
            card.name: self.compiled.relations.get(uid) for uid, card in self.compiled.cards.items()
        }
        return self.compiled.renderer.render(
            text,
            self._at,
            this=None,
            resolve_ref=relations.get,
            resolve_source=relations.get,
            names=(relations, relations),
            extra=names,
        ).sql

    def _nothing(self, plan: Plan) -> Results:
        steps = []
        for step in plan.steps:
            kind = str(step.kind)
            message = f"an {START} hook failed"
            steps.append(StepResult(step.unique_id, step.name, kind, Status.SKIPPED, message))
            self.listen(Finished(steps[-1]))
        values = dict(self.compiled.project.vars)
        return Results(str(plan.command), tuple(steps), 0.0, vars=values)


@dataclass(frozen=True)
class _Result:
    """What on-run-end hooks see of a step: dbt's names, dbt's words."""

    node: Mapping[str, Any]
    status: str
    message: str
    execution_time: float
    failures: int | None
    thread_id: str = "main"
    adapter_response: Mapping[str, Any] = field(default_factory=dict)
    timing: tuple[Any, ...] = ()

    @classmethod
    def of(cls, step: StepResult, compiled: Compiled) -> _Result:
        kind = step.unique_id.split(".", 1)[0]
        is_test = kind in ("test", "unit_test")
        words = {
            Status.OK: "pass" if is_test else "success",
            Status.REUSED: "pass" if is_test else "success",
            Status.FAILED: "fail" if is_test else "error",
            Status.WARN: "warn",
            Status.SKIPPED: "skipped",
        }
        node = Lazy(partial(_node, step, kind, compiled))
        return cls(node, words[step.status], step.message, step.seconds, step.failures)


def _node(step: StepResult, kind: str, compiled: Compiled) -> dict[str, Any]:
    uid = step.unique_id
    if uid in compiled.models:
        return _seen(compiled, compiled.models[uid].model, compiled.models[uid].config)
    if uid in compiled.seeds:
        return _seen(compiled, compiled.seeds[uid], compiled.seeds[uid].config)
    if uid in compiled.tests:
        return _seen(compiled, compiled.tests[uid].test, {})
    return {"unique_id": uid, "name": step.name, "resource_type": kind}


def _seen(
    compiled: Compiled, node: Model | Seed | DataTest, config: Mapping[str, Any]
) -> dict[str, Any]:
    parents = partial(parents_of, compiled.graph.needs)
    relation = compiled.relations.get(node.unique_id)
    return node_view(node, compiled.project, config, relation, parents)
