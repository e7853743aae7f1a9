"""Compiled SQL -> the tables it reads and the clocks it asks.

Room:  compile. Imports nothing of ours. Alone may touch: sqlglot.
In:    SQL text (DuckDB).  Out: Analysis. What sqlglot cannot parse is said, never guessed.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType  # type: ignore[attr-defined]

# sqlglot logs what it falls back to; whether that matters is decided here.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

_CLOCKS = frozenset(
    [
        "current_date",
        "current_time",
        "current_timestamp",
        "localtime",
        "localtimestamp",
        "now",
        "today",
        "getdate",
        "get_current_time",
        "get_current_timestamp",
        "transaction_timestamp",
    ]
)
_CLOCK_WORD = re.compile(r"\b(?:" + "|".join(sorted(_CLOCKS)) + r")\b", re.IGNORECASE)
_HARD_TO_READ = ("/*", "\\", "$")
_WORDS = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\w+|\s+|.", re.DOTALL)
_KEYWORDS = frozenset(
    [
        "all",
        "and",
        "as",
        "asc",
        "between",
        "by",
        "case",
        "cast",
        "coalesce",
        "count",
        "cross",
        "desc",
        "distinct",
        "else",
        "end",
        "except",
        "exclude",
        "exists",
        "false",
        "filter",
        "first",
        "following",
        "from",
        "full",
        "group",
        "having",
        "in",
        "inner",
        "intersect",
        "interval",
        "into",
        "is",
        "join",
        "last",
        "lateral",
        "left",
        "like",
        "limit",
        "max",
        "min",
        "not",
        "null",
        "nulls",
        "offset",
        "on",
        "or",
        "order",
        "outer",
        "over",
        "partition",
        "preceding",
        "qualify",
        "range",
        "right",
        "row",
        "row_number",
        "rows",
        "select",
        "semi",
        "sum",
        "then",
        "true",
        "unbounded",
        "union",
        "using",
        "values",
        "when",
        "where",
        "window",
        "with",
    ]
)
# Read in the text, comments included: a word too many means one build too many, never one too few.
_VOLATILE = re.compile(
    r"\b(?:read_\w+|scan_\w+|\w+_scan|glob|sniff_csv|parquet_\w+|getvariable|getenv|random|setseed"
    r"|uuid\w*|gen_random_uuid|nextval|currval|query|query_table|duckdb_\w+|pragma_\w+"
    + "|"
    + "|".join(sorted(_CLOCKS))
    + r")\b\s*\(|\b(?:current_(?:date|time\w*|setting|schemas?|database|user|role|query|catalog)"
    r"|localtime\w*|information_schema|pg_catalog|tablesample)\b"
    r"|\busing\s+sample\b|(?:from|join)\s+'",
    re.IGNORECASE,
)
_NEEDS_CALL = frozenset({"now", "today", "getdate", "transaction_timestamp"})


NO_SQL = "holds no SQL"


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
        if word not in _CLOCKS or token.token_type in (TokenType.STRING, TokenType.IDENTIFIER):
            continue
        before = tokens[index - 1].token_type if index else None
        after = tokens[index + 1].token_type if index + 1 < len(tokens) else None
        if before in (TokenType.DOT, TokenType.ALIAS):
            continue  # a column of that name
        if word in _NEEDS_CALL and after != TokenType.L_PAREN:
            continue
        yield Clock(word, token.line)


def canonical_text(sql: str) -> str:
    """The query without line comments, white space and the case of keywords.

    Names keep their case: it decides how columns are called. A query with constructs that this
    quick reading could misjudge (block comments, escapes, dollar quotes) is given as it is.

    >>> canonical_text("SELECT  a -- why") == canonical_text("select a")
    True
    >>> canonical_text("select '--' from A") == canonical_text("select '--' from a")
    False
    """
    if any(mark in sql for mark in _HARD_TO_READ):
        return sql
    words = (match[0] for match in _WORDS.finditer(sql))
    kept = (word for word in words if not word.isspace() and not word.startswith("--"))
    return "\x1f".join(low if (low := word.lower()) in _KEYWORDS else word for word in kept)


def may_ask_clock(sql: str) -> bool:
    """False when no word in it names a clock."""
    return _CLOCK_WORD.search(sql) is not None


def is_volatile(sql: str) -> bool:
    """True when the query may give another result on the same tables: files, chance, time.

    >>> is_volatile("select * from read_csv('x.csv')"), is_volatile("select random() from t")
    (True, True)
    """
    return _VOLATILE.search(sql) is not None


def to_spark(sql: str) -> str:
    """Spark SQL for a query of the portable subset. Raises SqlglotError for what Spark lacks."""
    return sqlglot.transpile(
        sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
    )[0]
