"""`pipeline ls`: the chosen nodes as names, paths, JSON or selectors.

Room:  edge. Imports api, choice, choosing, project.
In:    Options, Choice.  Out: lines.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from retention_pipeline.api import Options, compile_
from retention_pipeline.choice import Choice
from retention_pipeline.choosing import choose
from retention_pipeline.compiled import Compiled
from retention_pipeline.errors import CommandError, did_you_mean
from retention_pipeline.project import Project

OUTPUTS = ("name", "path", "json", "selector")
_KEYS = ("name", "resource_type", "package_name", "original_file_path", "unique_id", "alias")
_MORE = (
    "config",
    "tags",
    "depends_on",
    "fqn",
    "relation_name",
    "source_name",
    "database",
    "schema",
)


def list_nodes(
    options: Options, choice: Choice, output: str | None = None, keys: Iterable[str] = ()
) -> list[str]:
    """The chosen nodes in build order, then the tests, one a line.

    Raises CommandError for an unknown output or key, SelectionError when nothing matches.
    """
    return listed(options, choice, output, keys)[1]


def listed(
    options: Options, choice: Choice, output: str | None = None, keys: Iterable[str] = ()
) -> tuple[Project, list[str]]:
    """The same, with the project that they are of."""
    if output not in (None, *OUTPUTS):
        fix = did_you_mean(str(output), OUTPUTS) or f"use {', '.join(OUTPUTS)}"
        raise CommandError(f"--output '{output}' is unknown", fix=fix)
    wanted = [word for text in keys for word in text.split()]
    for word in wanted:
        if word not in (*_KEYS, *_MORE):
            raise CommandError(
                f"there is no output key '{word}'", fix=did_you_mean(word, (*_KEYS, *_MORE))
            )
    compiled = compile_(options)
    chosen = choose(compiled, choice).ids
    order = [uid for uid in compiled.graph.order() if uid in chosen]
    tests = compiled.tests.keys() | compiled.unit_tests.keys()
    nodes = [uid for uid in order if uid not in tests]
    nodes += [uid for uid in order if uid in tests]
    forms: dict[str | None, Callable[[str], str]] = {
        None: lambda uid: label(compiled, uid),
        "name": lambda uid: label(compiled, uid),
        "json": lambda uid: json.dumps(described(compiled, uid, wanted), default=str),
        "path": lambda uid: compiled.cards[uid].path,
        "selector": lambda uid: selector(compiled, uid),
    }
    return compiled.project, [forms[output](uid) for uid in nodes]


def label(compiled: Compiled, uid: str) -> str:
    """A model's name; other nodes with their kind before it."""
    card = compiled.cards[uid]
    return card.name if card.kind == "model" else f"{card.kind}:{card.name}"


def selector(compiled: Compiled, uid: str) -> str:
    """What selects exactly this node (dbt's --output selector)."""
    card = compiled.cards[uid]
    if card.kind in ("source", "exposure", "unit_test"):
        return f"{card.kind}:{'.'.join((card.fqn[0], card.name))}"
    return ".".join(card.fqn)


def described(compiled: Compiled, uid: str, keys: Iterable[str] = ()) -> dict[str, object]:
    """One node under dbt's names."""
    card, relation = compiled.cards[uid], compiled.relations.get(uid)
    values: dict[str, object] = {
        "name": card.fqn[-1] if card.kind == "source" else card.name,
        "resource_type": card.kind,
        "package_name": card.package,
        "original_file_path": card.path,
        "unique_id": uid,
        "alias": None if relation is None else relation.name,
        "config": dict(card.config),
        "tags": list(card.tags),
        "depends_on": {"nodes": sorted(compiled.graph.parents(uid))},
        "fqn": list(card.fqn),
        "relation_name": None if relation is None else str(relation),
        "source_name": card.fqn[1] if card.kind == "source" else None,
        "database": compiled.project.target.database,
        "schema": None if relation is None else relation.schema,
    }
    wanted = list(keys)
    if wanted:
        return {key: values[key] for key in wanted if values[key] is not None}
    return {key: values[key] for key in (*_KEYS, "config", "tags", "depends_on")}
