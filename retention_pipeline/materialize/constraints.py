"""Constraints of an enforced contract, checked inside the transaction that makes the table.

Room:  compile. Imports errors, nodes, quoting.
In:    what the .yml says of a model.  Out: Checks, each a query that gives the number of bad rows.

dbt writes them into the table's definition. A check asks the rows instead: the table stays one that
is made by a query, and the answer says how many rows are wrong. Foreign keys are not checked: the
data test `relationships` does that, for every table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from retention_pipeline.errors import CompileError, Location, did_you_mean
from retention_pipeline.nodes import Column, Relation
from retention_pipeline.quoting import quote

KINDS = ("not_null", "unique", "primary_key", "check", "foreign_key", "custom")


@dataclass(frozen=True, slots=True)
class Check:
    """One constraint: `sql` gives the number of rows that break it."""

    name: str
    sql: str


def checks(
    columns: Sequence[Column], model: Sequence[Mapping[str, Any]], relation: Relation, at: Location
) -> tuple[Check, ...]:
    """All checks of a model. Raises CompileError for a constraint that cannot be read."""
    found: list[Check] = []
    for column in columns:
        for item in column.constraints:
            found += _checks(item, [column.name], relation, column.at or at)
    for item in model:
        listed = item.get("columns")
        names = [str(c) for c in listed] if isinstance(listed, list) else []
        found += _checks(item, names, relation, at)
    return tuple(found)


def _checks(
    item: Mapping[str, Any], columns: list[str], relation: Relation, at: Location
) -> Iterator[Check]:
    kind = str(item.get("type"))
    if kind not in KINDS:
        fix = did_you_mean(kind, KINDS) or f"use {', '.join(KINDS)}"
        raise CompileError(f"constraint type '{kind}' is unknown", at=at, fix=fix)
    names = ", ".join(quote(c) for c in columns)
    label = f"constraint {kind} on {', '.join(columns)}".removesuffix(" on ")
    if kind == "check":
        expression = str(item.get("expression") or "")
        if not expression:
            raise CompileError("a check constraint needs an expression", at=at)
        yield Check(f"constraint {expression}", f"{_COUNT} {relation} where not ({expression})")
        return
    if kind in ("not_null", "primary_key"):
        empty = " or ".join(f"{quote(c)} is null" for c in columns)
        yield Check(label, f"{_COUNT} {relation} where {empty}")
    if kind in ("unique", "primary_key"):
        full = " and ".join(f"{quote(c)} is not null" for c in columns)
        twice = f"select 1 from {relation} where {full} group by {names} having count(*) > 1"
        yield Check(label, f"{_COUNT} ({twice}) as twice")


_COUNT = "select count(*) from"
