"""What is true of each node while a build goes on: versions now, versions last time.

Room:  act. Imports compiled, engine, fingerprint, freshness, loads, nodes, past, plan,
       state.
In:    Compiled, State, what exists.  Out: verdicts, the states to commit, kept test results.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import ENGINE_VERSION, Engine
from retention_pipeline.events import Results, Status
from retention_pipeline.fingerprint import FORMAT, VOLATILE, digest, model_logic, test_logic
from retention_pipeline.freshness import Need, Verdict, judge_node
from retention_pipeline.loads import Loader
from retention_pipeline.nodes import KEEPS_HISTORY, Materialized, Relation
from retention_pipeline.past import NodeState, State, TestState
from retention_pipeline.plan import Now, Step, data_parents, is_outside
from retention_pipeline.state import add_nodes

_TESTS = frozenset({"data test", "unit test"})


@dataclass
class Ledger:
    """Written by worker threads, each for its own node; read for nodes that have ended."""

    compiled: Compiled
    loader: Loader
    state: State
    existing: Mapping[Relation, str]
    build_id: str
    full_refresh: bool = False
    retest: bool = False
    salt_id: str = ""
    empty: bool = False
    nodes: dict[str, NodeState] = field(init=False)
    attested: dict[str, NodeState] = field(default_factory=dict)
    fingerprints: dict[str, str] = field(default_factory=dict)
    _later: deque[NodeState] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.nodes = dict(self.state.nodes)
        self.logic = cache(self._logic)

    @property
    def now(self) -> Now:
        """What planning looks at."""
        return Now(
            self.existing,
            self.state,
            self.logic,
            full_refresh=self.full_refresh,
            retest=self.retest,
            empty=self.empty,
        )

    @property
    def after(self) -> Now:
        """The same after the run: what publishing looks at."""
        state = State(self.nodes, self.state.tests, self.state.files)
        built = {n.relation: "table" for n in self.nodes.values() if n.build_id == self.build_id}
        return Now({**self.existing, **built}, state, self.logic)

    def _logic(self, uid: str) -> str:
        if uid in self.compiled.models:
            model = self.compiled.models[uid]
            return model_logic(model, self.compiled, ENGINE_VERSION, self.salt_id)
        return digest(FORMAT, ENGINE_VERSION, self.loader.version(uid))

    # -- nodes --------------------------------------------------------------------------------
    def verdict(self, step: Step, spared: Callable[[str, list[str]], str]) -> Verdict:
        """The plan's verdict; a MAYBE is settled now that everything above has ended.

        `spared(node, changed parents)`: why it stays although they changed; '' when it does not.
        """
        if step.verdict.need is not Need.MAYBE:
            return step.verdict
        uid = step.unique_id
        return judge_node(
            self.logic(uid),
            self.compiled.relations[uid],
            self.parents(uid),
            self.state.nodes.get(uid),
            self.existing,
            spared=lambda changed: spared(uid, changed),
        )

    def is_noted(self, uid: str) -> bool:
        """True when the state has a row of this node."""
        return uid in self.state.nodes

    def is_known(self, uid: str) -> bool:
        """True when what stands in the database is what the state describes."""
        last, relation = self.state.nodes.get(uid), self.compiled.relations[uid]
        return last is not None and last.relation == relation and relation in self.existing

    def reuse(self, uid: str) -> int | None:
        """Rows of a node that stays as it is; from now on it stands for its parents of now."""
        node = self.nodes[uid]
        parents = self.parents(uid) if uid in self.compiled.models else node.parents
        if parents != node.parents:
            self.attested[uid] = self.nodes[uid] = replace(node, parents=parents)
        return node.rows

    def node(self, uid: str, rows: int | None, changed: bool) -> NodeState:
        """The state of a model that was just built."""
        model = self.compiled.models[uid]
        parents, last = self.parents(uid), self.state.nodes.get(uid)
        kind = str(model.materialized) if model.materialized in KEEPS_HISTORY else "model"
        if model.materialized is Materialized.VIEW:
            version = digest(self.logic(uid), sorted(parents.items()))
            if self.logic(uid) == VOLATILE:
                version = digest(self.build_id, uid)
        elif changed or last is None:
            version = digest(self.build_id, uid)
        else:
            version = last.data_version
        logic = digest("empty", self.logic(uid)) if self.empty else self.logic(uid)
        return NodeState(uid, model.relation, kind, logic, version, parents, rows, self.build_id)

    def loaded(self, uid: str, rows: int, settled: bool, changed: bool) -> NodeState:
        """The state of a source or seed that was just loaded; unsettled ones load again next time."""
        last, fresh = self.state.nodes.get(uid), digest(self.build_id, uid)
        logic = self.logic(uid) if settled else fresh
        version = fresh if changed or last is None else last.data_version
        kind = "source" if uid in self.compiled.sources else "seed"
        relation = self.compiled.relations[uid]
        return NodeState(uid, relation, kind, logic, version, {}, rows, self.build_id)

    def added(self, uid: str) -> frozenset[Path]:
        """The files that came to those which a source's table was made of, when nothing else did."""
        last = self.state.nodes.get(uid)
        if self.full_refresh or last is None or not self.is_known(uid):
            return frozenset()
        return self.loader.added(
            uid, lambda version: digest(FORMAT, ENGINE_VERSION, version) == last.logic
        )

    def note_later(self, node: NodeState) -> None:
        """Leave the row of a new node to the next `write_notes`.

        Where a crash comes between, the relation is there and nothing is known of it: it is built
        again. What a table with history stands for is committed with it instead.
        """
        self._later.append(node)

    def write_notes(self, engine: Engine, at_least: int = 1) -> None:
        """Write the rows that were left for later, the oldest first, once there are so many."""
        if len(self._later) >= at_least:
            nodes = [self._later.popleft() for _ in range(len(self._later))]
            add_nodes(engine, nodes)

    def remember(self, node: NodeState) -> None:
        """Take note of a committed node."""
        self.nodes[node.unique_id] = node

    def parents(self, uid: str) -> dict[str, str]:
        """Data versions of what a model reads, at this moment."""
        return {parent: self._version(parent) for parent in data_parents(self.compiled, uid)}

    def _version(self, uid: str) -> str:
        if is_outside(self.compiled, uid):
            return f"outside {self.build_id}"
        node = self.nodes.get(uid)
        return "unknown" if node is None else node.data_version

    # -- tests --------------------------------------------------------------------------------
    def test_fingerprint(self, uid: str, versions: Mapping[str, str] | None = None) -> str:
        """What a data test's result depends on, with these versions, or those of this moment."""
        test = self.compiled.tests[uid]
        read = self.tested(uid)
        if versions is None:
            versions = {parent: self._version(parent) for parent in read}
        if any(v == "unknown" or v.startswith("outside") for v in versions.values()):
            return VOLATILE
        logic = test_logic(test, dict.fromkeys(test.needs, ""), ENGINE_VERSION, self.salt_id)
        return VOLATILE if logic == VOLATILE else digest(logic, sorted(versions.items()))

    def tested(self, uid: str) -> set[str]:
        """The nodes whose data a test reads."""
        test = self.compiled.tests[uid]
        read: set[str] = set()
        for parent in test.needs:
            model = self.compiled.models.get(parent)
            if parent in self.compiled.seed_behind:
                read.add(self.compiled.seed_behind[parent])
            elif model is not None and model.materialized is Materialized.EPHEMERAL:
                read |= data_parents(self.compiled, parent)
            else:
                read.add(parent)
        return read

    def kept(self, uid: str, fingerprint: str) -> TestState | None:
        """The last result when it still holds; a failed test always runs again."""
        last = self.state.tests.get(uid)
        if self.retest or self.full_refresh or last is None or fingerprint == VOLATILE:
            return None
        good = last.status in (Status.OK, Status.WARN)
        return last if good and last.fingerprint == fingerprint else None

    def test_states(self, results: Results) -> list[TestState]:
        """What to remember of the tests that ran now."""
        return [
            TestState(
                step.unique_id,
                step.name,
                step.kind,
                self.fingerprints.get(step.unique_id, VOLATILE),
                str(step.status),
                step.failures,
                step.message,
                step.detail,
                self.build_id,
            )
            for step in results.steps
            if step.kind in _TESTS
            and step.unique_id in self.fingerprints
            and step.status is not Status.SKIPPED
        ]
