"""What the words of SQL tell without a parser: its canonical text, clocks, chance, files.

Room:  compile. Imports nothing.
In:    SQL text (DuckDB).  Out: text and yes or no; a wrong yes costs time, a wrong no may not happen.
"""

from __future__ import annotations

import re
from functools import lru_cache

CLOCKS = frozenset(
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
_CLOCK_WORD = re.compile(r"\b(?:" + "|".join(sorted(CLOCKS)) + r")\b", re.IGNORECASE)
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
# Read in lower case, comments included: a word too many means one build too many, never one too few.
_VOLATILE = re.compile(
    r"\b(?:read_\w+|scan_\w+|\w+_scan|glob|sniff_csv|parquet_\w+|getvariable|getenv|random|setseed"
    r"|uuid\w*|gen_random_uuid|nextval|currval|query|query_table|duckdb_\w+|pragma_\w+"
    + "|"
    + "|".join(sorted(CLOCKS))
    + r")\b\s*\(|\b(?:current_(?:date|time\w*|setting|schemas?|database|user|role|query|catalog)"
    r"|localtime\w*|information_schema|pg_catalog|tablesample)\b"
    r"|\busing\s+sample\b|(?<!distinct )(?:from|join)\s+'"
)
# Without one of these there is nothing to look for: most SQL ends here, thirty times as quickly.
_SUSPECTS = (
    *("read_", "scan", "glob", "sniff", "parquet", "getvariable", "getenv", "random", "setseed"),
    *("uuid", "nextval", "currval", "query", "duckdb_", "pragma", "current_", "localtime"),
    *("information_schema", "pg_catalog", "sample", *sorted(CLOCKS)),
)
_FILES = (re.compile(r"from\s+'"), re.compile(r"join\s+'"))  # one literal each: searched quickly


@lru_cache(maxsize=4096)
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
    return "\x1f".join(filter(None, map(_canonical_word, _WORDS.findall(sql))))


@lru_cache(maxsize=16384)
def _canonical_word(word: str) -> str:
    """A keyword in lower case, another word as it is; '' for white space and comments."""
    if word.isspace() or word.startswith("--"):
        return ""
    return low if (low := word.lower()) in _KEYWORDS else word


def may_ask_clock(sql: str) -> bool:
    """False when no word in it names a clock."""
    return _CLOCK_WORD.search(sql) is not None


@lru_cache(maxsize=4096)
def is_volatile(sql: str) -> bool:
    """True when the query may give another result on the same tables: files, chance, time.

    >>> is_volatile("select * from read_csv('x.csv')"), is_volatile("select random() from t")
    (True, True)
    >>> is_volatile("select * from 'x.csv'"), is_volatile("select a is distinct from 'x' from t")
    (True, False)
    """
    low = sql.lower()
    return _is_suspect(low) and _VOLATILE.search(low) is not None


def _is_suspect(low: str) -> bool:
    return any(word in low for word in _SUSPECTS) or any(p.search(low) for p in _FILES)
