"""What a name means inside a query: the tables of FROM, CTEs, aliases, the query around it.

Room:  compile. Imports columns.values. May touch: sqlglot.
In:    a name and where it stands.  Out: everything that it may mean, or OpaqueQuery.

Where DuckDB has a rule of precedence both meanings are taken: one column too many does no harm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp

from retention_pipeline.columns.values import Leaf, OpaqueQuery, OutColumn, Ways, all_of


@dataclass(slots=True)
class Scope:
    """A table inside a query. `shape`: whose column names decide what stands at which position."""

    columns: list[OutColumn]
    rows: frozenset[Leaf]
    shape: frozenset[Leaf] = frozenset()

    def find(self, name: str) -> list[OutColumn]:
        """Its columns of that name (lower case)."""
        return [c for c in self.columns if c.name.lower() == name]


@dataclass(slots=True)
class Source:
    """A table of FROM under the name that the query gives it."""

    name: str
    schema: str
    scope: Scope
    merged: set[str] = field(default_factory=set)  # columns that USING shows once, on the left


@dataclass(slots=True)
class Env:
    """Where names are looked up: this query's tables and aliases, then the query around it."""

    outer: Env | None = None
    ctes: dict[str, Callable[[], Scope]] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    aliases: dict[str, OutColumn] = field(default_factory=dict)

    def cte(self, name: str) -> Callable[[], Scope] | None:
        """The nearest CTE of that name."""
        env: Env | None = self
        while env is not None:
            if name in env.ctes:
                return env.ctes[name]
            env = env.outer
        return None

    def columns(self, name: str) -> list[OutColumn]:
        """Columns of that name in any table of this query."""
        return [column for source in self.sources for column in source.scope.find(name)]

    def named(self, name: str) -> Ways:
        """What a column of USING reads, on all sides."""
        columns = self.columns(name)
        if not columns:
            raise OpaqueQuery(f"using ({name}), which is no known column")
        return all_of(c.ways for c in columns)


def meaning(node: exp.Column, env: Env) -> Ways:
    """What a column reference reads; OpaqueQuery when it is not a column of a known table."""
    if isinstance(node.this, exp.Star) or node.args.get("catalog"):
        raise OpaqueQuery(f"{node.sql()} in an expression")
    name, table, schema = node.name.lower(), node.table.lower(), node.db.lower()
    level: Env | None = env
    while level is not None:
        columns = _qualified(level, name, table, schema) if table else _unqualified(level, name)
        if columns:
            return all_of(c.ways for c in columns)
        level = level.outer
    raise OpaqueQuery(f"{node.sql()} is no column of a known table")


def _unqualified(env: Env, name: str) -> list[OutColumn]:
    columns = env.columns(name)
    if name in env.aliases:
        columns.append(env.aliases[name])
    if not columns and any(source.name == name for source in env.sources):
        raise OpaqueQuery(f"{name} means a whole row")
    return columns


def _qualified(env: Env, name: str, table: str, schema: str) -> list[OutColumn]:
    near = [s for s in env.sources if s.name == table and (not schema or s.schema == schema)]
    columns = [column for source in near for column in source.scope.find(name)]
    if near and not columns:
        raise OpaqueQuery(f"{table}.{name} is no known column")
    if columns:
        return columns
    # a field of a struct: column.field, table.column.field, column.field.field
    if schema:
        columns = [c for s in env.sources if s.name == schema for c in s.scope.find(table)]
    return columns + env.columns(schema or table)


def renamed(scope: Scope, alias: exp.Expr | None) -> Scope:
    """The scope under the column names that an alias lists: by position, so NAMES decide."""
    names = [c.name for c in alias.args.get("columns") or ()] if alias is not None else []
    if not names:
        return scope
    if len(names) > len(scope.columns):
        raise OpaqueQuery("an alias with more columns than the table")
    columns = [
        OutColumn(name, column.ways, column.made_by)
        for name, column in zip(names, scope.columns, strict=False)
    ]
    rest = scope.columns[len(names) :]
    return Scope([*columns, *rest], scope.rows | scope.shape, scope.shape)


def once(make: Callable[[], Scope]) -> Callable[[], Scope]:
    """Made at the first call, kept for the next."""
    made: list[Scope] = []

    def get() -> Scope:
        if not made:
            made.append(make())
        return made[0]

    return get
