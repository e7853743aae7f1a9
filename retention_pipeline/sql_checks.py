"""What the engine's binder cannot say of a query: it would run, and be a mistake all the same.

Room:  compile. Alone may touch, with `sql` and `columns`: sqlglot.
In:    SQL (DuckDB), the types of the tables it reads.  Out: findings with lines. What is not certain
is not told: a query that cannot be resolved has no findings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

Tables = Mapping[tuple[str, str], Mapping[str, str]]
"""(schema, name) -> {column: type}."""
_TEXT = exp.DataType.TEXT_TYPES
_NUMBER = exp.DataType.NUMERIC_TYPES
_TIME = exp.DataType.TEMPORAL_TYPES
_KINDS = {"text": _TEXT, "a number": _NUMBER, "a date or time": _TIME}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that deserves a look, and the line (from 1) of the SQL; None when it is not known."""

    text: str
    line: int | None


class Types:
    """The tables of a project, read once for all queries."""

    def __init__(self, tables: Tables) -> None:
        nested: dict[str, Any] = {}
        for (schema, name), columns in tables.items():
            nested.setdefault(schema, {})[name] = {c.lower(): kind for c, kind in columns.items()}
        self.schema = MappingSchema(nested, dialect="duckdb", normalize=False)
        self.known = frozenset(tables)


@lru_cache(maxsize=512)
def _parsed(sql: str) -> exp.Expr | None:
    try:
        return sqlglot.parse_one(sql, read="duckdb")
    except (SqlglotError, RecursionError):
        return None


def unused_ctes(sql: str, template: str) -> Iterator[Finding]:
    """CTEs whose name stands nowhere but where they are defined, in the SQL and in its template.

    What a template names may be used when a var has another value; so may what a macro wrote.

    >>> sql = "with a as (select 1), b as (select 2) select * from b"
    >>> [f.text for f in unused_ctes(sql, sql)]
    ["the CTE 'a' is not used"]
    """
    tree = _parsed(sql)
    if tree is None:
        return
    names = [str(i.name).lower() for i in tree.find_all(exp.Identifier)]
    for cte in tree.find_all(exp.CTE):
        alias = cte.alias
        inside = sum(
            str(i.name).lower() == alias.lower() for i in cte.this.find_all(exp.Identifier)
        )
        word = rf"\b{re.escape(alias)}\b"
        if names.count(alias.lower()) - inside > 1:
            continue
        if alias and len(re.findall(word, _code(template), re.IGNORECASE)) == 1:
            yield Finding(f"the CTE '{alias}' is not used", _line(sql, word))


def _code(template: str) -> str:
    """A template without its comments and references."""
    return _ASIDE.sub("", template)


_ASIDE = re.compile(r"\{#.*?#\}|--[^\n]*|\{\{-?\s*(?:ref|source)\s*\([^}]*\)\s*-?\}\}", re.DOTALL)


def stars_of(sql: str, tables: frozenset[tuple[str, str]]) -> Iterator[Finding]:
    """`select *` straight from one of these tables."""
    tree = _parsed(sql)
    if tree is None:
        return
    for select in tree.find_all(exp.Select):
        if not any(_is_star(e) for e in select.expressions):
            continue
        source = select.args.get("from_") or select.args.get("from")
        table = source.this if source is not None else None
        if isinstance(table, exp.Table) and (table.db, table.name) in tables:
            name = f"{table.db}.{table.name}"
            pattern = re.escape(table.name)
            yield Finding(f"select * from the source {name}: name the columns", _line(sql, pattern))


def _is_star(expression: exp.Expr) -> bool:
    return isinstance(expression, exp.Star) or (
        isinstance(expression, exp.Column) and isinstance(expression.this, exp.Star)
    )


def type_clashes(sql: str, types: Types) -> Iterator[Finding]:
    """Joins on columns, and unions of columns, of which one is text and the other is not."""
    tree = _parsed(sql)
    if tree is None or not tree.find(exp.Join, exp.SetOperation):
        return
    tables = [t for t in tree.find_all(exp.Table) if t.db]
    if any((t.db, t.name) not in types.known for t in tables):
        return
    try:
        typed = annotate_types(_resolved(tree, types), schema=types.schema, dialect="duckdb")
    except Exception:  # noqa: BLE001 - whatever stops it, the answer is "not certain"
        return
    for join in typed.find_all(exp.Join):
        condition = join.args.get("on")
        for equal in condition.find_all(exp.EQ) if condition is not None else ():
            yield from _compared(equal, sql)
    for union in typed.find_all(exp.SetOperation):
        yield from _stacked(union, sql)


def _resolved(tree: exp.Expr, types: Types) -> exp.Expr:
    return qualify(
        tree.copy(),
        schema=types.schema,
        dialect="duckdb",
        quote_identifiers=False,
        identify=False,
        validate_qualify_columns=True,
    )


def _compared(equal: exp.EQ, sql: str) -> Iterator[Finding]:
    one, other = equal.this, equal.expression
    if not (isinstance(one, exp.Column) and isinstance(other, exp.Column)):
        return
    kinds = _kind(one), _kind(other)
    if all(kinds) and kinds[0] != kinds[1]:
        text = f"joined on {one.name}, {kinds[0]}, and {other.name}, {kinds[1]}"
        yield Finding(text, _line(sql, rf"\b{re.escape(other.name)}\b", last=True))


def _stacked(union: exp.SetOperation, sql: str) -> Iterator[Finding]:
    one, other = union.left, union.right
    if not (isinstance(one, exp.Query) and isinstance(other, exp.Query)) or union.args.get(
        "by_name"
    ):
        return
    if len(one.selects) != len(other.selects):
        return
    for first, second in zip(one.selects, other.selects, strict=True):
        kinds = _kind(first), _kind(second)
        if all(kinds) and kinds[0] != kinds[1]:
            text = f"a union makes one column of {first.alias_or_name}, {kinds[0]}, and {kinds[1]}"
            yield Finding(text, _line(sql, rf"\b{re.escape(first.alias_or_name or 'union')}\b"))


def _kind(expression: exp.Expr) -> str:
    kind = expression.type
    if kind is None or kind.args.get("nested"):
        return ""
    return next((name for name, types in _KINDS.items() if kind.this in types), "")


def _line(sql: str, pattern: str, last: bool = False) -> int | None:
    found = list(re.finditer(pattern, sql, re.IGNORECASE))
    return sql.count("\n", 0, found[-1 if last else 0].start()) + 1 if found else None
