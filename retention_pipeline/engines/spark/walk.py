"""The walk that translates a typed tree: every node through the one rule that knows its class.

Room:  compile. May touch: sqlglot. Imports kinds.
In:    a node, RULES (class -> rule).  Out: the node for Spark; Refused for a node without a rule and
for an argument of a node that its rule does not name. Nothing passes because nobody thought of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlglot import exp

from retention_pipeline.engines.spark.kinds import Kind, are_of_one_family, kind_of

Rule = Callable[[Any, "Walk"], exp.Expr]
Rules = Mapping[type[exp.Expr], Rule]


class Refused(Exception):  # noqa: N818 - becomes an UnportableError where file and line are known
    """What is not known to be right on Spark: the node, the portable form, the line of the SQL."""

    def __init__(self, message: str, fix: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message, self.fix, self.line = message, fix, line


@dataclass
class Walk:
    """One translation. `parameters`: names of the session variables that the SQL reads."""

    rules: Rules
    fixes: Mapping[str, str]
    parameters: set[str] = field(default_factory=set)

    def go(self, node: Any) -> Any:
        """The node for Spark. Its type stays known to whoever looks at the original."""
        rule = self.rules.get(type(node))
        if rule is None:
            raise self.refused(node, f"{name_of(node)} has no translation to Spark")
        return rule(node, self)

    def all(self, nodes: list[Any]) -> list[Any]:
        return [self.go(node) for node in nodes]

    def refused(self, node: exp.Expr, message: str, fix: str = "") -> Refused:
        """The error to raise for a node."""
        fix = fix or self.fixes.get(name_of(node), "write it in the portable subset: docs/spark.md")
        return Refused(message, fix, line_of(node))

    def only(self, node: exp.Expr, *known: str) -> None:
        """Raise for an argument that is given and not known."""
        for name, value in node.args.items():
            if name not in known and not _is_empty(value):
                raise self.refused(node, f"{name_of(node)} with {name} has no translation to Spark")

    def kind(self, node: exp.Expr) -> Kind:
        """The kind of an expression. Raises when it is not known."""
        kind = kind_of(node)
        if kind in (Kind.UNKNOWN, Kind.OTHER):
            told = node.sql(dialect="duckdb")[:60]
            raise self.refused(node, f"the type of {told} is {kind.value}", "cast it to its type")
        return kind

    def one_family(self, node: exp.Expr, among: list[exp.Expr]) -> None:
        """Raise unless both engines make the same common type of these."""
        kinds = [self.kind(each) for each in among]
        if not are_of_one_family(kinds):
            told = " and ".join(sorted({k.value for k in kinds if k is not Kind.NULL}))
            raise self.refused(node, f"{name_of(node)} of {told}", "cast all to one type")


def same(*known: str) -> Rule:
    """The rule of a construct that means the same on both engines, with these arguments."""

    def rule(node: exp.Expr, walk: Walk) -> exp.Expr:
        walk.only(node, *known)
        return rebuilt(node, walk)

    return rule


def instants(node: exp.Expr, done: exp.Expr, among: list[exp.Expr]) -> exp.Expr:
    """A day beside instants as an instant, said explicitly; everything else as it is."""
    kinds = {kind_of(each) for each in among}
    if Kind.TIMESTAMP in kinds and kind_of(node) is Kind.DATE:
        return cast(done, "timestamp_ntz")
    return done


def rebuilt(node: exp.Expr, walk: Walk, **changes: Any) -> exp.Expr:
    """A node of the same class with translated arguments; `changes` stand as they are."""
    args: dict[str, Any] = {}
    for name, value in node.args.items():
        if name in changes:
            continue
        if isinstance(value, list):
            args[name] = [walk.go(v) if isinstance(v, exp.Expr) else v for v in value]
        else:
            args[name] = walk.go(value) if isinstance(value, exp.Expr) else value
    return type(node)(**{**args, **changes})


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A function of Spark by its name: sqlglot's generator leaves such a call alone."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def cast(node: exp.Expr, to: str) -> exp.Expr:
    return exp.Cast(this=node, to=type_of(to))


def type_of(name: str) -> exp.DataType:
    """A type of Spark's; its name is read once."""
    return _read_type(name).copy()


@cache
def _read_type(name: str) -> exp.DataType:
    return exp.DataType.build(name, dialect="spark")


def number(value: int | str) -> exp.Expr:
    return exp.Literal.number(value)


def text(value: str) -> exp.Expr:
    return exp.Literal.string(value)


def bare(node: exp.Expr) -> exp.Expr:
    """What stands inside parentheses."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def parens(node: exp.Expr) -> exp.Expr:
    """The node as an operand."""
    return exp.Paren(this=node) if isinstance(node, (exp.Binary, exp.Not, exp.Neg)) else node


def name_of(node: exp.Expr) -> str:
    """The word for a construct in messages and in the table of fixes."""
    if isinstance(node, exp.Anonymous):
        return str(node.name).lower()
    if isinstance(node, exp.Func):
        return str(node.sql_name()).lower()
    return type(node).__name__.lower()


def line_of(node: exp.Expr) -> int | None:
    """The line on which the node starts, as far as the parser marked it or what is in it."""
    up: exp.Expr | None = node
    while up is not None:
        marked = [n.meta["line"] for n in up.walk() if n._meta and "line" in n.meta]  # noqa: SLF001
        if marked:
            return int(min(marked))
        up = up.parent
    return None


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value == []
