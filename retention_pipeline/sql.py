"""Compiled SQL -> the tables it reads and the clocks it asks.

Room:  compile. Imports sql_text. Alone may touch: sqlglot, which costs 0.2 s to import.
In:    SQL text (DuckDB).  Out: Analysis. What sqlglot cannot parse is said, never guessed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType  # type: ignore[attr-defined]

from retention_pipeline.sql_text import CLOCKS, may_ask_clock

# sqlglot logs what it falls back to; whether that matters is decided here.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

NO_SQL = "holds no SQL"
_NEEDS_CALL = frozenset({"now", "today", "getdate", "transaction_timestamp"})


@dataclass(frozen=True, slots=True)
class Table:
    """A table that SQL reads: schema '' when it names none."""

    schema: str
    name: str


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock function and the line (from 1) of the SQL on which it stands."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """What one query reads. `problem` is set when sqlglot could not parse it: then tables is None."""

    tables: frozenset[Table] | None
    clocks: tuple[Clock, ...]
    problem: str | None = None


@lru_cache(maxsize=4096)
def analyze(sql: str) -> Analysis:
    """Read one query.

    >>> analyze("with a as (select 1) select * from a join marts.x on now() > x.t").tables
    frozenset({Table(schema='marts', name='x')})
    """
    try:
        clocks = tuple(_clocks(sqlglot.tokenize(sql, read="duckdb"))) if may_ask_clock(sql) else ()
        tree = sqlglot.parse_one(sql, read="duckdb")
    except (SqlglotError, RecursionError) as error:
        text = str(error).split("\n")[0][:200]
        return Analysis(None, (), NO_SQL if text.startswith("No expression was parsed") else text)
    return Analysis(frozenset(_tables(tree)), clocks)


def _tables(tree: exp.Expr) -> Iterator[Table]:
    """Real tables: not the names of CTEs that are in scope, not table functions."""
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Func) or not table.name:
            continue
        if not table.db and _is_cte(table):
            continue
        yield Table(table.db, table.name)


def _is_cte(table: exp.Table) -> bool:
    """True when a WITH around the table defines its name before it (or recursively)."""
    name = table.name.lower()
    node: exp.Expr | None = table
    inside: exp.Expr | None = None
    while node is not None:
        with_ = node.args.get("with_") or node.args.get("with")
        if isinstance(with_, exp.With):
            for cte in with_.expressions:
                is_same = cte.alias.lower() == name
                if cte is inside:
                    if with_.recursive and is_same:
                        return True
                    break
                if is_same:
                    return True
        if isinstance(node, exp.CTE):
            inside = node
        node = node.parent
    return False


def _clocks(tokens: list[Token]) -> Iterator[Clock]:
    for index, token in enumerate(tokens):
        word = token.text.lower()
        if word not in CLOCKS or token.token_type in (TokenType.STRING, TokenType.IDENTIFIER):
            continue
        before = tokens[index - 1].token_type if index else None
        after = tokens[index + 1].token_type if index + 1 < len(tokens) else None
        if before in (TokenType.DOT, TokenType.ALIAS):
            continue  # a column of that name
        if word in _NEEDS_CALL and after != TokenType.L_PAREN:
            continue
        yield Clock(word, token.line)


def to_spark(sql: str) -> str:
    """Spark SQL for a query of the portable subset. Raises SqlglotError for what Spark lacks."""
    return sqlglot.transpile(
        sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
    )[0]
