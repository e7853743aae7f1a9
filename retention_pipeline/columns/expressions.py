"""An expression -> what it reads, and through which functions.

Room:  compile. Imports columns.names, columns.values. May touch: sqlglot.
In:    an expression and where its names are looked up.  Out: Ways, or OpaqueQuery.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

from sqlglot import exp

from retention_pipeline.columns.names import Env, Scope, meaning
from retention_pipeline.columns.values import OpaqueQuery, Way, Ways, all_of, joined

# Beside functions and conditions: expressions whose parts are all that they read.
_PLAIN = (
    exp.Func,
    exp.Condition,
    exp.Alias,
    exp.Tuple,
    exp.DataType,
    exp.DataTypeParam,
    exp.Identifier,
    exp.Var,
    exp.Order,
    exp.Ordered,
    exp.Filter,
    exp.Where,
    exp.WithinGroup,
    exp.IgnoreNulls,
    exp.RespectNulls,
    exp.Distinct,
    exp.WindowSpec,
    exp.Lambda,
    exp.PropertyEQ,
    exp.Slice,
    exp.Interval,
    exp.IntervalSpan,
    exp.AtTimeZone,
    exp.JSONPath,
    exp.JSONPathPart,
    exp.GroupingSets,
    exp.Rollup,
    exp.Cube,
)
_UNNEST = (exp.Explode, exp.Unnest)
_REFUSED = (
    exp.Columns,
    exp.PositionalColumn,
    exp.Parameter,
    exp.SessionParameter,
    exp.Placeholder,
    exp.Star,
    exp.UDTF,
    exp.Table,
)
# These give a value as it is: they wrap it, cast it, or choose it among others.
_SILENT = (
    exp.Alias,
    exp.Paren,
    exp.Cast,
    exp.TryCast,
    exp.Tuple,
    exp.Order,
    exp.Ordered,
    exp.Filter,
    exp.Distinct,
    exp.Window,
    exp.WithinGroup,
    exp.IgnoreNulls,
    exp.RespectNulls,
    exp.Case,
    exp.If,
    exp.Coalesce,
    exp.Nullif,
    exp.Greatest,
    exp.Least,
    exp.Min,
    exp.Max,
    exp.ArgMin,
    exp.ArgMax,
    exp.AnyValue,
    exp.First,
    exp.Last,
    exp.FirstValue,
    exp.LastValue,
    exp.NthValue,
    exp.Lag,
    exp.Lead,
)


class Expressions(ABC):
    """Reads expressions; who inherits reads the queries inside them."""

    @abstractmethod
    def query(self, node: exp.Expr, outer: Env) -> Scope:
        """Read a query that may name the columns of `outer`."""

    def value(self, node: exp.Expr, env: Env) -> Ways:
        """What an expression reads."""
        if isinstance(node, exp.Column):
            return meaning(node, env)
        if isinstance(node, exp.Query):
            return self._subquery(node, env)
        if isinstance(node, exp.Count) and isinstance(node.this, exp.Star) and not node.expressions:
            only(node.this, set())
            return {}
        is_known = isinstance(node, _PLAIN) and not isinstance(node, _REFUSED)
        if not is_known and not isinstance(node, _UNNEST):
            raise OpaqueQuery(f"{type(node).__name__} in an expression")
        return self.parts(node, env)

    def parts(self, node: exp.Expr, env: Env) -> Ways:
        """What the parts of a function or operator read, each with that function on its way."""
        found: Ways = {}
        name = None if isinstance(node, _SILENT) else _name(node)
        for key, part in node.args.items():
            for child in expressions_of([part]):
                ways = self.value(child, env)
                if _decides(node, key):
                    ways = {leaf: Way(carries=False) for leaf in ways}
                elif name is not None:
                    ways = {
                        leaf: Way(through=way.through | {name}) if way.carries else way
                        for leaf, way in ways.items()
                    }
                found = joined(found, ways)
        return found

    def _subquery(self, node: exp.Expr, env: Env) -> Ways:
        """A query inside an expression: its columns are values, its rows decide."""
        scope = self.query(node, env)
        found = {leaf: Way(carries=False) for leaf in (*scope.rows, *scope.shape)}
        return joined(found, all_of(column.ways for column in scope.columns))


def only(node: exp.Expr, known: set[str]) -> None:
    """Refuse a construct that has a part which nobody here knows."""
    for key, value in node.args.items():
        if value and key not in known:
            raise OpaqueQuery(f"{type(node).__name__} with {key}")


def expressions_of(parts: Iterable[Any]) -> Iterator[exp.Expr]:
    """The expressions among the parts of a node."""
    for part in parts:
        for each in part if isinstance(part, list) else [part]:
            if isinstance(each, exp.Expr):
                yield each


def _decides(node: exp.Expr, key: str) -> bool:
    """True for parts that decide and do not carry: conditions, windows, orders."""
    if isinstance(node, (exp.Predicate, exp.Connector, exp.Not)):
        return True
    if isinstance(node, (exp.If, exp.Case)):
        return key == "this"
    return isinstance(node, (exp.Window, exp.Filter, exp.WithinGroup)) and key != "this"


def _name(node: exp.Expr) -> str:
    """sha256, lower, add, ...: the function's name, or the operator's."""
    if isinstance(node, exp.SHA2):
        length = node.args.get("length")
        return "sha256" if length is None else f"sha{length.name}"
    if isinstance(node, exp.Anonymous):
        return node.name.lower()
    if isinstance(node, exp.Func):
        return str(node.sql_name()).lower()
    return type(node).__name__.lower()
