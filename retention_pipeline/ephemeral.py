"""Ephemeral models: pasted as CTEs into whoever reads them.

Room:  compile. Imports nothing of ours.
In:    SQL, its line map, the CTEs.  Out: SQL with the CTEs in front, the line map kept right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from retention_pipeline.quoting import quote

_WITH = re.compile(
    r"\A(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*(with(?:\s+recursive)?)\b", re.IGNORECASE | re.DOTALL
)


def cte_name(model: str) -> str:
    """dbt's name for the CTE of an ephemeral model."""
    return quote(f"__dbt__cte__{model}")


def inject(
    sql: str, lines: tuple[int, ...], ctes: Sequence[tuple[str, str]]
) -> tuple[str, tuple[int, ...]]:
    """Put `ctes` (name, SQL) before everything else in `sql`; their lines map to the reader's first."""
    if not ctes:
        return sql, lines
    text = ",\n".join(f"{cte_name(name)} as (\n{body}\n)" for name, body in ctes)
    found = _WITH.match(sql)
    if found:
        head, tail = sql[: found.end(1)], sql[found.end(1) :]
        joined = f"{head}\n{text},\n{tail.lstrip(' ')}"
        before = head.count("\n") + 1
    else:
        joined = f"with {text}\n{sql}"
        before = 0
    extra = joined.count("\n") - sql.count("\n")
    first = lines[max(before - 1, 0)] if lines else 1
    return joined, (*lines[:before], *[first] * extra, *lines[before:])
