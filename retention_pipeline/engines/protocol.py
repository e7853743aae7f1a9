"""What an engine is: a few methods in the words of the field, whatever database stands behind them.

Room:  act. Imports nodes. Touches no database.
In:    SQL of the project (DuckDB's dialect), relations, Arrow tables.  Out: Engine, a Protocol.

A build goes: `compile` each query, `build` each relation as a version that no reader sees, test it
with `fetch`, `publish` all versions of the run, `drop` what nobody points at any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from retention_pipeline.nodes import Relation

Columns = Mapping[str, str]
"""name -> type, in order, types as DuckDB writes them: the words of every contract."""
Versions = Mapping[Relation, str]
"""The version of each relation that a statement reads, or that readers are to see."""


class Statement(Protocol):
    """A query in the engine's own dialect, ready for any versions of what it reads."""

    @property
    def parameters(self) -> frozenset[str]:
        """Names of the session variables that the query asks for."""


S = TypeVar("S", bound=Statement)


class Engine(Protocol[S]):
    """One connection as a whole. Safe to use from several threads."""

    def compile(self, sql: str, columns: Columns | None = None) -> S:
        """A query of the project in the engine's dialect; with these types of its result.

        Raises UnportableError for what the engine cannot say with the same meaning.
        """

    def fetch(self, statement: S, versions: Versions) -> Any:
        """The rows of a query."""

    def columns(self, relation: Relation, version: str = "") -> Columns:
        """The columns of a relation, or of a version of it."""

    def load(self, relation: Relation, version: str, rows: Any) -> None:
        """Make a table of rows that are given."""

    def build(
        self, relation: Relation, version: str, statement: S, versions: Versions, *, view: bool
    ) -> None:
        """Make a version of a relation by a query that reads these versions."""

    def publish(self, versions: Versions) -> None:
        """Show readers these versions; whoever reads meanwhile sees the old one or the new one."""

    def drop(self, versions: Versions) -> None:
        """Remove versions that no reader is pointed at."""

    def close(self) -> None:
        """Let go of the connection."""
