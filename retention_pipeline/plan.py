"""Compiled + selection + State -> the steps of a run, each with its reason and what comes first.

Room:  plan. Imports choice, compiled, errors, fingerprint, freshness, nodes, ordering, past. Never acts.
In:    Compiled, the command, what is chosen, what exists, what the last build left.  Out: Plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum

from retention_pipeline.choice import Choices
from retention_pipeline.compiled import Compiled
from retention_pipeline.errors import SelectionError
from retention_pipeline.freshness import Need, Verdict, judge_node
from retention_pipeline.nodes import KEEPS_HISTORY, Materialized, Relation
from retention_pipeline.ordering import Ordering
from retention_pipeline.past import NodeState, State


class StepKind(StrEnum):
    """What a step does."""

    LOAD = "source"
    SEED = "seed"
    UNIT_TEST = "unit test"
    MODEL = "model"
    SNAPSHOT = "snapshot"
    DATA_TEST = "data test"


class Command(StrEnum):
    """The commands that run steps, and what each of them includes."""

    BUILD = "build"
    RUN = "run"
    TEST = "test"
    SEED = "seed"
    SNAPSHOT = "snapshot"


_INCLUDES = {
    Command.BUILD: frozenset(StepKind),
    Command.RUN: frozenset({StepKind.LOAD, StepKind.MODEL}),
    Command.TEST: frozenset({StepKind.UNIT_TEST, StepKind.DATA_TEST}),
    Command.SEED: frozenset({StepKind.SEED}),
    Command.SNAPSHOT: frozenset({StepKind.LOAD, StepKind.SNAPSHOT}),
}
_RELATIONS = frozenset({StepKind.LOAD, StepKind.SEED, StepKind.MODEL, StepKind.SNAPSHOT})


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. `after`: steps of this plan that must have ended well before."""

    unique_id: str
    name: str
    kind: StepKind
    after: frozenset[str]
    verdict: Verdict


@dataclass(frozen=True)
class Now:
    """What the project is made of at this moment, and what the database holds.

    `logic` gives a node's logic digest; for inputs and seeds the digest of their content.
    """

    existing: Mapping[Relation, str] = field(default_factory=dict)
    state: State = field(default_factory=State)
    logic: Callable[[str], str] = lambda _: ""
    full_refresh: bool = False
    retest: bool = False
    empty: bool = False


@dataclass(frozen=True)
class Plan:
    """Steps in an order in which they may run one by one.

    `orphans` are dropped first; `replaced` are forgotten: something else has their relation now.
    """

    command: Command
    steps: tuple[Step, ...]
    is_whole: bool  # nothing was left out by a selector
    orphans: tuple[NodeState, ...] = ()
    replaced: tuple[NodeState, ...] = ()


def make_plan(
    compiled: Compiled,
    command: Command,
    choices: Choices,
    now: Now,
    ordering: Ordering | None = None,
) -> Plan:
    """Choose steps and their order. Raises SelectionError when there is nothing to do for them.

    `ordering`: of the same project, when more than one plan is made of it.
    """
    chosen = choices.ids
    if choices.text:
        chosen = _that_can_run(compiled, choices, now.existing)
    missing = _missing_inputs(compiled, chosen, now.existing, command)
    kinds = {
        u: kind for u in chosen | missing.keys() if (kind := step_kind(compiled, u)) is not None
    }
    wanted = {uid for uid, kind in kinds.items() if kind in _INCLUDES[command] or uid in missing}
    if choices.text and not wanted and not choices.may_be_empty:
        raise SelectionError(
            f"`{command}` has nothing to do for '{choices.text}'",
            fix="the selected nodes are of other kinds: try `pipeline build`",
        )
    after, order = (ordering or Ordering(compiled)).of(wanted)
    verdicts = _verdicts(compiled, order, kinds, missing, now)
    steps = tuple(
        Step(uid, compiled.cards[uid].name, kinds[uid], after[uid], verdicts[uid]) for uid in order
    )
    is_whole = choices.is_whole
    gone: tuple[NodeState, ...] = ()
    if command in (Command.BUILD, Command.RUN):
        gone = _gone(compiled, now.state, after, is_whole=is_whole)
    made = compiled.relations.keys() - ephemeral_models(compiled)
    taken = {compiled.relations[uid] for uid in made}
    return Plan(
        command,
        steps,
        is_whole=is_whole,
        orphans=tuple(node for node in gone if node.relation not in taken),
        replaced=tuple(node for node in gone if node.relation in taken),
    )


def step_kind(compiled: Compiled, uid: str) -> StepKind | None:
    """The kind of step, or None for nodes that are nothing to do."""
    if uid in compiled.tests:
        return StepKind.DATA_TEST
    if uid in compiled.unit_tests:
        return StepKind.UNIT_TEST
    if uid in compiled.models:
        how = compiled.models[uid].materialized
        if how is Materialized.SNAPSHOT:
            return StepKind.SNAPSHOT
        return None if how is Materialized.EPHEMERAL else StepKind.MODEL
    if uid in compiled.exposures:
        return None
    if uid in compiled.sources:
        source = compiled.sources[uid]
        read = any(child in compiled.models for child in compiled.graph.children(uid))
        is_step = source.is_contract and read and uid not in compiled.seed_behind
        return StepKind.LOAD if is_step else None
    return StepKind.SEED


def data_parents(compiled: Compiled, uid: str) -> frozenset[str]:
    """Nodes whose data `uid` reads: ephemeral models and seed-backed sources are looked through."""
    found: set[str] = set()
    for parent in compiled.graph.parents(uid):
        behind = compiled.seed_behind.get(parent)
        model = compiled.models.get(parent)
        if behind is not None:
            found.add(behind)
        elif model is not None and model.materialized is Materialized.EPHEMERAL:
            found |= data_parents(compiled, parent)
        else:
            found.add(parent)
    return frozenset(found)


def ephemeral_models(compiled: Compiled) -> frozenset[str]:
    """Models that have no relation."""
    return frozenset(
        uid
        for uid, model in compiled.models.items()
        if model.materialized is Materialized.EPHEMERAL
    )


def is_outside(compiled: Compiled, uid: str) -> bool:
    """A source that others write, or what is read elsewhere: whether it changed cannot be told."""
    if uid in compiled.deferred:
        return True
    source = compiled.sources.get(uid)
    return source is not None and not source.is_contract


def stale_models(compiled: Compiled, now: Now) -> list[str]:
    """Names of models that are not what the project and the database say they should be.

    Publishing asks this after a run: a mart that was left out, failed or skipped while something
    above it changed belongs to another generation.
    """
    stale = []
    for uid in compiled.graph.order():
        if step_kind(compiled, uid) is not StepKind.MODEL:
            continue
        last, logic = now.state.nodes.get(uid), now.logic(uid)
        parents = {
            parent: now.state.nodes[parent].data_version
            for parent in data_parents(compiled, uid)
            if parent in now.state.nodes
        }
        known = {} if last is None else {u: v for u, v in last.parents.items() if u in parents}
        if (
            last is None
            or compiled.relations[uid] not in now.existing
            or last.logic != logic
            or known != parents
        ):
            stale.append(compiled.models[uid].model.name)
    return stale


def _verdicts(
    compiled: Compiled,
    order: Iterable[str],
    kinds: Mapping[str, StepKind],
    missing: Mapping[str, str],
    now: Now,
) -> dict[str, Verdict]:
    """Build, maybe or reuse for every step, in build order."""
    verdicts: dict[str, Verdict] = {}
    for uid in order:
        if kinds[uid] not in _RELATIONS:
            verdicts[uid] = Verdict(Need.MAYBE, "if what it tests changes")
            continue
        if uid in missing:
            verdicts[uid] = Verdict(Need.BUILD, missing[uid])
            continue
        if now.empty and uid in compiled.models:
            verdicts[uid] = _empty(compiled, uid, now)
            continue
        parents = {
            parent: _version(parent, verdicts, now, compiled)
            for parent in data_parents(compiled, uid)
        }
        verdicts[uid] = judge_node(
            now.logic(uid),
            compiled.relations[uid],
            parents,
            now.state.nodes.get(uid),
            now.existing,
            full_refresh=now.full_refresh,
        )
    return verdicts


def _empty(compiled: Compiled, uid: str, now: Now) -> Verdict:
    """--empty makes everything anew, without rows; but what is history is not to be had again."""
    is_there = uid in now.state.nodes and compiled.relations[uid] in now.existing
    if is_there and compiled.models[uid].materialized in KEEPS_HISTORY:
        return Verdict(Need.REUSE, "--empty leaves tables with history alone")
    return Verdict(Need.BUILD, "--empty")


def _version(uid: str, verdicts: Mapping[str, Verdict], now: Now, compiled: Compiled) -> str | None:
    """A parent's data version, None while it may change in this run."""
    if is_outside(compiled, uid):
        return "outside"
    if uid in verdicts and verdicts[uid].need is not Need.REUSE:
        return None
    last = now.state.nodes.get(uid)
    return "unknown" if last is None else last.data_version


def _gone(
    compiled: Compiled, state: State, steps: Iterable[str], *, is_whole: bool
) -> tuple[NodeState, ...]:
    """Nodes that are gone, and those of this run whose relation has another name now.

    The relation of a model that became ephemeral goes when all that read it is looked at too.
    """
    alive = {*compiled.models, *compiled.seeds, *compiled.sources}
    if is_whole:
        alive -= ephemeral_models(compiled)
    moved = {
        uid
        for uid in steps
        if uid in state.nodes and state.nodes[uid].relation != compiled.relations.get(uid)
    }
    return tuple(n for u, n in sorted(state.nodes.items()) if u not in alive or u in moved)


def _that_can_run(
    compiled: Compiled, choices: Choices, existing: Mapping[Relation, str]
) -> frozenset[str]:
    """What is chosen, without tests that came along but read what is not and will not be there."""
    there = choices.ids | compiled.deferred
    there |= {uid for uid, relation in compiled.relations.items() if relation in existing}
    return frozenset(
        uid
        for uid in choices.ids
        if uid in choices.named
        or uid not in compiled.tests
        or all(_is_there(compiled, n, there) for n in compiled.tests[uid].needs)
    )


def _is_there(compiled: Compiled, uid: str, there: Set[str]) -> bool:
    """True when a relation is or will be there; an ephemeral model when its parents are."""
    if uid in there:
        return True
    model = compiled.models.get(uid)
    if model is None or model.materialized is not Materialized.EPHEMERAL:
        return False
    return all(_is_there(compiled, parent, there) for parent in model.needs)


def _missing_inputs(
    compiled: Compiled, chosen: frozenset[str], existing: Mapping[Relation, str], command: Command
) -> dict[str, str]:
    """Inputs and seeds that chosen models read and that are not in the database yet."""
    if command not in (Command.BUILD, Command.RUN):
        return {}
    found = {}
    for uid in chosen & compiled.models.keys():
        for parent in compiled.graph.parents(uid) - compiled.models.keys():
            if compiled.relations[parent] in existing or parent in compiled.deferred:
                continue
            reason = f"{compiled.models[uid].model.name} reads it and it is not there yet"
            for missing in {parent, compiled.seed_behind.get(parent, parent)}:
                if missing not in chosen or command is Command.RUN:
                    found[missing] = reason
    return found
