"""What each node of a compiled project can be selected by.

Room:  compile. Imports nodes, selection_methods.
In:    Compiled.  Out: one Card per node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from retention_pipeline.nodes import TestConfig
from retention_pipeline.selection_methods import Card
from retention_pipeline.versions import name_and_version

if TYPE_CHECKING:
    from retention_pipeline.compiled import Compiled


def make_cards(compiled: Compiled) -> Iterator[Card]:
    """Exposures, models, seeds, sources, data tests, unit tests; the paths below the project."""
    inside, package = below(compiled.project.root), compiled.project.name
    for uid, exposure in compiled.exposures.items():
        path = inside(str(exposure.at.path))
        fqn = (exposure.package, *_folders(path), exposure.name)
        config = {"enabled": True, "tags": exposure.tags, "meta": exposure.meta}
        yield Card(uid, exposure.name, fqn, path, "exposure", exposure.tags, config)
    version = _versions(compiled)
    for uid, model in compiled.models.items():
        config = {"enabled": True, **model.config, "materialized": str(model.materialized)}
        path, fqn, kind = str(model.model.path), model.model.fqn, str(model.model.kind)
        spec = inside(str(model.model.spec_at.path)) if model.model.spec_at else ""
        name, tags = model.model.name, model.tags
        seen = version(name) if kind == "model" else ""
        yield Card(uid, name, fqn, path, kind, tags, config, spec, version=seen)
    for uid, seed in compiled.seeds.items():
        config = {"enabled": True, **seed.config, "materialized": "seed"}
        spec = inside(str(seed.spec_at.path)) if seed.spec_at else ""
        path = str(seed.path)
        yield Card(uid, seed.name, seed.fqn, path, "seed", _tags(seed.config), config, spec)
    for uid, source in compiled.sources.items():
        config = {"enabled": True, "tags": source.tags, "meta": source.meta}
        path = inside(str(source.at.path))
        yield Card(uid, source.name, source.fqn, path, "source", source.tags, config)
    for uid, test in compiled.tests.items():
        path = str(test.test.path or inside(str(test.test.at.path)))
        fqn = (package, *_folders(path), test.test.name) if test.test.kind else test.test.fqn
        config = test_config(test.test.config)
        kind, tags = ("generic" if test.test.kind else "singular"), test.test.config.tags
        yield Card(
            uid, test.test.name, fqn, path, "test", tags, config, "", kind, test.test.kind or ""
        )
    for uid, unit in compiled.unit_tests.items():
        path = inside(str(unit.at.path))
        fqn = (package, *_folders(path), unit.model, unit.name)
        config = {"enabled": True, "tags": unit.tags}
        yield Card(uid, unit.name, fqn, path, "unit_test", unit.tags, config, "", "unit", unit.name)


def _versions(compiled: Compiled) -> Callable[[str], str]:
    """A model's name -> dbt's word for its version, seen from the latest one."""
    models = (m.model for m in compiled.models.values())
    latest = dict(name_and_version(model.name) for model in models if model.is_latest)

    def seen(name: str) -> str:
        name, own = name_and_version(name)
        if own is None or name not in latest:
            return "none"
        last = latest[name]
        if own == last:
            return "latest"
        is_later = own > last if type(own) is type(last) else str(own) > str(last)
        return "prerelease" if is_later else "old"

    return seen


def below(root: Path) -> Callable[[str], str]:
    """Paths as users see them -> relative to the project's root; others stay as they are."""
    here = Path.cwd()

    @cache
    def inside(path: str) -> str:
        full = here / path
        return str(full.relative_to(root) if full.is_relative_to(root) else path)

    return inside


def test_config(config: TestConfig) -> dict[str, Any]:
    """A test's settings under dbt's names."""
    return {
        "enabled": True,
        "materialized": "test",
        "severity": str(config.severity),
        "where": config.where,
        "limit": config.limit,
        "warn_if": config.warn_if,
        "error_if": config.error_if,
        "fail_calc": config.fail_calc,
        "store_failures": config.store_failures,
        "tags": config.tags,
    }


@cache
def _folders(path: str) -> tuple[str, ...]:
    """Folders between models/ and the file: part of dbt's fully qualified name."""
    return PurePath(path).parts[1:-1]


def _tags(config: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(tag) for tag in config.get("tags") or ())
