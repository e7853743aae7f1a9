"""What is behind a cell -> text, JSON, SQL.

Room:  tell. Imports explaining, grid. Prints nothing.
In:    Answer.  Out: lines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retention_pipeline.explaining import Behind
from retention_pipeline.grid import text_table

_WORDS = {"customer_id": "customer", "user_id": "user", "account_id": "account"}


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a relation; `count` is how many there are."""

    name: str
    count: int
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A cell and what it was made of. `published`: the same cell for readers, () where it has no
    such row, None where nothing is published."""

    mart: str
    column: str
    key: Mapping[str, Any]
    value: Any
    description: str
    published: tuple[Any, ...] | None
    behind: tuple[Behind, ...]
    raw: tuple[Rows, ...]
    people_kind: str
    people: Rows
    people_tables: tuple[tuple[str, int], ...]
    unproven: Mapping[str, str]
    compared: tuple[str, ...]
    stopped: tuple[str, ...]
    declared: tuple[str, ...]
    script: tuple[str, ...]


def as_text(answer: Answer) -> list[str]:
    """For people: the cell, the way up, the customers, the raw rows, and how sure that is."""
    lines = [f"{answer.mart}.{answer.column} = {_shown(answer.value)}"]
    lines += [f"  {name} = {_shown(value)}" for name, value in answer.key.items()]
    if answer.description:
        lines.append(f"  {' '.join(answer.description.split())}")
    lines += [*_published(answer), "", "made of"]
    width = max(len(b.name) for b in answer.behind)
    for behind in answer.behind[1:]:
        if behind.rows:
            columns = f"  ({', '.join(behind.columns)})" if behind.columns else ""
            lines.append(f"  {behind.name:<{width}}  {_count(behind.rows, 'row')}{columns}")
    if len(lines) and lines[-1] == "made of":
        lines.append("  nothing: no row was added, counted or chosen for it")
    if answer.people_kind:
        lines += ["", *_people(answer)]
    for rows in answer.raw:
        lines += ["", f"{rows.name}: {_count(rows.count, 'row')}{_more(rows)}"]
        lines += [
            f"  {line}" for line in text_table(list(rows.columns), list(rows.rows)).split("\n")
        ]
    return [*lines, "", *_proof(answer)]


def _people(answer: Answer) -> list[str]:
    word = _WORDS.get(answer.people_kind, answer.people_kind)
    lines = [f"{_count(answer.people.count, word)}{_more(answer.people)}"]
    if len(answer.people_tables) > 1:
        lines += [f"  {count} in {name}" for name, count in answer.people_tables]
    shown = ", ".join(str(row[0]) for row in answer.people.rows)
    return [*lines, f"  {shown}"] if shown else lines


def _published(answer: Answer) -> list[str]:
    if answer.published is None:
        return ["  (not published)"]
    if answer.published == ():
        return ["  the published file has no such row: the last build was not published"]
    if answer.published[0] != answer.value:
        shown = _shown(answer.published[0])
        return [f"  published: {shown}; what is explained is the last build, not published yet"]
    return []


def _proof(answer: Answer) -> list[str]:
    lines = []
    if answer.unproven:
        lines.append("not certain:")
        lines += [f"  {name}: {why}" for name, why in answer.unproven.items()]
    else:
        lines.append(
            "proven: computed again from these rows alone, step by step, the cell is the same"
        )
    if answer.compared:
        lines.append(f"ranked against rows that are not listed: {', '.join(answer.compared)}")
    if answer.declared:
        lines.append(f"rows as its .yml names them: {', '.join(answer.declared)}")
    if answer.stopped:
        lines.append(f"not followed further, by `explain: stop`: {', '.join(answer.stopped)}")
    return lines


def as_json(answer: Answer) -> str:
    """Everything, with the SQL."""

    def table(rows: Rows) -> dict[str, Any]:
        return {
            "count": rows.count,
            "rows": [dict(zip(rows.columns, row, strict=True)) for row in rows.rows],
        }

    document = {
        "mart": answer.mart,
        "column": answer.column,
        "key": dict(answer.key),
        "value": answer.value,
        "published": None if not answer.published else answer.published[0],
        "made_of": [
            {"name": b.name, "kind": b.kind, "rows": b.rows, "columns": list(b.columns)}
            for b in answer.behind[1:]
        ],
        "people": {"kind": answer.people_kind, **table(answer.people)},
        "raw": {rows.name: table(rows) for rows in answer.raw},
        "is_proven": not answer.unproven,
        "unproven": dict(answer.unproven),
        "compared": list(answer.compared),
        "stopped": list(answer.stopped),
        "declared": list(answer.declared),
        "sql": list(answer.script),
    }
    return json.dumps(document, default=str, indent=1)


def as_sql(answer: Answer) -> list[str]:
    """The statements, to be run on the working database; the last tables are rows__<relation>."""
    key = " ".join(f"--key {name}={_shown(value)}" for name, value in answer.key.items())
    lines = [
        f"-- pipeline explain {answer.mart}.{answer.column} {key}",
        "-- on a copy of the working database, or on itself opened read-only; writes temporary tables",
    ]
    for statement in answer.script:
        lines.append(statement if statement.startswith("--") else f"{statement};")
    return lines


def _more(rows: Rows) -> str:
    return f", the first {len(rows.rows)}" if len(rows.rows) < rows.count else ""


def _count(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _shown(value: Any) -> str:
    return "null" if value is None else str(value)
