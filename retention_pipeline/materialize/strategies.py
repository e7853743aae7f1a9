"""The statements that bring new rows into a table that is there: append, delete+insert, merge.

Room:  compile. Imports materialize.settings, nodes, quoting.
In:    Incremental, the two relations, the columns.  Out: SQL.

A key that is NULL is a key like any other: two NULLs are the same key (dbt compares with `=`, and
such rows are then added again by every run).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from retention_pipeline.materialize.incremental_settings import Incremental, Merge
from retention_pipeline.nodes import Relation
from retention_pipeline.quoting import literal, quote

DEST, SOURCE, TARGET = "DBT_INTERNAL_DEST", "DBT_INTERNAL_SOURCE", "DBT_INCREMENTAL_TARGET"


def statements(
    how: Incremental, into: Relation, staged: Relation, names: Sequence[str]
) -> list[str]:
    """What to run, in this order. `names` are the columns of `staged` that are written."""
    if how.strategy == "merge":
        return [merge(how, into, staged, names)]
    found = [insert(into, staged, names)]
    if how.strategy == "delete+insert" and how.unique_key:
        where, keys = matched(how, staged)
        found.insert(0, f"delete from {_named(into, how)} using {keys} where {where}")
    return found


def insert(into: Relation, staged: Relation, names: Sequence[str]) -> str:
    """Add all rows of `staged`."""
    listed = _listed(names)
    return f"insert into {into} ({listed}) select {listed} from {staged}"


def replaced(
    how: Incremental, into: Relation, staged: Relation, names: Sequence[str]
) -> str | None:
    """A query of the rows that are there for the keys of `staged`; None when there is no key."""
    if not how.unique_key or how.strategy == "append" or how.merge != Merge():
        return None
    where, keys = matched(how, staged)
    return f"select {_listed(names)} from {_named(into, how)}, {keys} where {where}"


def matched(how: Incremental, staged: Relation) -> tuple[str, str]:
    """The condition that finds the rows of the staged keys, and the relation of these keys.

    A key may be an expression: it is computed on each side, where only that side's columns are.
    """
    keys = [(key, quote(f"__key_{n}")) for n, key in enumerate(how.unique_key, 1)]
    listed = ", ".join(f"({key}) as {name}" for key, name in keys)
    parts = [f"({key}) is not distinct from __staged.{name}" for key, name in keys]
    where = " and ".join([*parts, *(f"({p})" for p in how.predicates)])
    return where, f"(select distinct {listed} from {staged}) as __staged"


def _named(into: Relation, how: Incremental) -> str:
    """The target under the name that the predicates use for it."""
    for alias in (TARGET, DEST):
        if any(alias.lower() in p.lower() for p in how.predicates):
            return f"{into} as {alias}"
    return str(into)


def merge(how: Incremental, into: Relation, staged: Relation, names: Sequence[str]) -> str:
    """One MERGE statement, as dbt-duckdb's settings describe it."""
    clauses = how.merge.clauses
    matched_clauses = clauses.get("when_matched", (_update(how.merge),))
    new = clauses.get(
        "when_not_matched", ({"action": "insert", "condition": how.merge.insert_condition},)
    )
    lines = [f"merge into {into} as {DEST}", f"using {staged} as {SOURCE}", _on(how)]
    lines += [f"when matched{_clause(c, names)}" for c in matched_clauses]
    for clause in new:
        by = f" by {clause['by']}" if clause.get("by") else ""
        lines.append(f"when not matched{by}{_clause(clause, names)}")
    return "\n".join(lines)


def _on(how: Incremental) -> str:
    predicates = [f"({p})" for p in how.predicates]
    keys = how.merge.on_using or how.unique_key
    parts = [f"{SOURCE}.{key} is not distinct from {DEST}.{key}" for key in keys] or ["false"]
    return f"on {' and '.join([*parts, *predicates])}"


def _update(merge: Merge) -> Mapping[str, Any]:
    return {
        "action": "update",
        "condition": merge.update_condition,
        "update": {
            "include": merge.update_columns,
            "exclude": merge.exclude_columns,
            "set_expressions": merge.set_expressions,
        },
    }


def _clause(clause: Mapping[str, Any], names: Sequence[str]) -> str:
    """' and condition then action' of one branch."""
    condition = clause.get("condition") or ()
    parts = [condition] if isinstance(condition, str) else list(condition)
    said = "".join(f" and ({part})" for part in parts)
    action = str(clause.get("action") or "")
    if action == "update":
        return f"{said} then {_set(clause, names)}"
    if action == "insert":
        return f"{said} then {_new(clause, names)}"
    if action == "error":
        text = str(clause.get("error_message") or "")
        return f"{said} then error {literal(text)}" if text else f"{said} then error"
    return f"{said} then {action.replace('_', ' ')}"


def _set(clause: Mapping[str, Any], names: Sequence[str]) -> str:
    more: Mapping[str, Any] = clause.get("update") or {}
    expressions = more.get("set_expressions") or clause.get("set_expressions") or {}
    wanted = _folded(more.get("include") or names)
    unwanted = _folded(more.get("exclude") or ()) | _folded(expressions)
    parts = [f"{quote(column.strip(chr(34)))} = {text}" for column, text in expressions.items()]
    parts += [
        f"{quote(name)} = {SOURCE}.{quote(name)}"
        for name in names
        if name.lower() in wanted and name.lower() not in unwanted
    ]
    return f"update set {', '.join(parts)}"


def _new(clause: Mapping[str, Any], names: Sequence[str]) -> str:
    more: Mapping[str, Any] = clause.get("insert") or {}
    if more.get("columns"):
        values = ", ".join(str(v) for v in more.get("values") or ())
        return f"insert ({', '.join(more['columns'])}) values ({values})"
    values = ", ".join(f"{SOURCE}.{quote(name)}" for name in names)
    return f"insert ({_listed(names)}) values ({values})"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(quote(name) for name in names)


def _folded(names: Iterable[str]) -> set[str]:
    return {str(name).strip('"').lower() for name in names}
