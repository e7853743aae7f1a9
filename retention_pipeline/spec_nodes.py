"""What a properties file (.yml) says, value by value, with the lines.

Room:  read. Imports errors, nodes.
In:    nothing.  Out: TestSpec, NodeSpec, TableSpec, FixtureSpec, UnitTestSpec, Specs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from retention_pipeline.errors import Location
from retention_pipeline.nodes import Column


@dataclass(frozen=True, slots=True)
class TestSpec:
    """One entry under `data_tests:`."""

    kind: str
    arguments: dict[str, Any]
    config: dict[str, Any]
    name: str | None
    column: str | None
    description: str
    at: Location


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One entry under `models:` or `seeds:`."""

    name: str
    description: str
    config: dict[str, Any]
    columns: tuple[Column, ...]
    tests: tuple[TestSpec, ...]
    at: Location
    constraints: tuple[dict[str, Any], ...] = ()
    defined_in: str = ""
    is_latest: bool = False

    @property
    def file(self) -> str:
        """The name of the file that it describes."""
        return self.defined_in or self.name


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table of one source."""

    source: str
    schema: str
    identifier: str
    meta: dict[str, Any]
    tags: tuple[str, ...]
    node: NodeSpec
    location: str = ""
    freshness: dict[str, Any] = field(default_factory=dict)
    enabled: Any = True  # as it is written: maybe a template


@dataclass(frozen=True, slots=True)
class FixtureSpec:
    """`given` entry or `expect` of a unit test."""

    input: str
    format: str
    rows: Any
    fixture: str | None
    at: Location


@dataclass(frozen=True, slots=True)
class UnitTestSpec:
    """One entry under `unit_tests:`."""

    name: str
    model: str
    description: str
    given: tuple[FixtureSpec, ...]
    expect: FixtureSpec
    overrides: dict[str, Any]
    config: dict[str, Any]
    at: Location


@dataclass(slots=True)
class Specs:
    """Everything that one or more .yml files say."""

    models: list[NodeSpec] = field(default_factory=list)
    seeds: list[NodeSpec] = field(default_factory=list)
    snapshots: list[NodeSpec] = field(default_factory=list)
    tables: list[TableSpec] = field(default_factory=list)
    unit_tests: list[UnitTestSpec] = field(default_factory=list)
    exposures: list[tuple[Any, ...]] = field(default_factory=list)

    def extend(self, other: Specs) -> None:
        self.models += other.models
        self.seeds += other.seeds
        self.snapshots += other.snapshots
        self.tables += other.tables
        self.unit_tests += other.unit_tests
        self.exposures += other.exposures
