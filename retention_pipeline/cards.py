"""What each node of a compiled project can be selected by.

Room:  compile. Imports selection.
In:    Compiled.  Out: one Card per node.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from retention_pipeline.selection import Card

if TYPE_CHECKING:
    from retention_pipeline.compiler import Compiled


def make_cards(compiled: Compiled) -> Iterator[Card]:
    """Models, seeds, sources, data tests, unit tests."""
    for uid, model in compiled.models.items():
        config = dict(model.config) | {"materialized": str(model.materialized)}
        yield Card(
            uid,
            model.model.name,
            model.model.fqn,
            str(model.model.path),
            str(model.model.kind),
            model.tags,
            config,
        )
    for uid, seed in compiled.seeds.items():
        tags = _tags(seed.config)
        config = {**seed.config, "materialized": "seed"}
        yield Card(uid, seed.name, seed.fqn, str(seed.path), "seed", tags, config)
    for uid, source in compiled.sources.items():
        yield Card(uid, source.name, source.fqn, str(source.at.path), "source", source.tags)
    for uid, test in compiled.tests.items():
        path = str(test.test.path or test.test.at.path)
        yield Card(uid, test.test.name, test.test.fqn, path, "test", test.test.config.tags)
    for uid, unit in compiled.unit_tests.items():
        yield Card(uid, unit.name, unit.fqn, str(unit.at.path), "unit_test", unit.tags)


def _tags(config: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(tag) for tag in config.get("tags") or ())
