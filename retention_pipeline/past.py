"""What the last build left: values only, so that planning can look at them.

Room:  words. Imports identity's note, nodes.
In:    rows of the state tables.  Out: NodeState, TestState, State.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from retention_pipeline.identity import FileNote
from retention_pipeline.nodes import KEEPS_HISTORY, Relation


@dataclass(frozen=True, slots=True)
class NodeState:
    """A node as it was built last. `parents` are the data versions that it read."""

    unique_id: str
    relation: Relation
    kind: str
    logic: str
    data_version: str
    parents: Mapping[str, str]
    rows: int | None
    build_id: str

    @property
    def keeps_history(self) -> bool:
        """True for what cannot be made again from its parents: it is never dropped."""
        return self.kind in KEEPS_HISTORY


@dataclass(frozen=True, slots=True)
class TestState:
    """The last result of a test and the fingerprint it is the result of."""

    unique_id: str
    name: str
    kind: str
    fingerprint: str
    status: str
    failures: int | None
    message: str
    detail: str
    build_id: str


@dataclass(frozen=True)
class State:
    """Everything remembered; empty for a new database."""

    nodes: Mapping[str, NodeState] = field(default_factory=dict)
    tests: Mapping[str, TestState] = field(default_factory=dict)
    files: Mapping[str, FileNote] = field(default_factory=dict)
