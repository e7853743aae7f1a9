"""Versions of a model: one entry of a .yml -> one spec for each version.

Room:  read. Imports errors, spec_nodes, yaml_lines.
In:    the entry.  Out: NodeSpecs named `model.v1`, whose files are `model_v1` or `defined_in`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from retention_pipeline.errors import Location, ProjectError
from retention_pipeline.nodes import Column
from retention_pipeline.spec_nodes import NodeSpec, TestSpec
from retention_pipeline.yaml_lines import YamlMap, expect_list, expect_map

_KEYS = frozenset(
    """
    v defined_in description access config columns data_tests tests docs constraints meta tags
    deprecation_date
    """.split()  # noqa: SIM905
)
Read = Callable[..., NodeSpec]


def name_and_version(name: str) -> tuple[str, Any]:
    """dbt's name and version of a model: ("dim", 2) for "dim.v2", ("dim", None) for "dim"."""
    name, _, version = name.partition(".v")
    return name, (int(version) if version.isdigit() else version) or None


def versions(entry: YamlMap, base: NodeSpec, read: Read) -> Iterator[NodeSpec]:
    """One spec a version, what it does not say itself from the model."""
    items = expect_list(entry.get("versions"), "'versions'", entry.at("versions"))
    numbers = []
    found: list[tuple[str, YamlMap, Location]] = []
    for index, item in enumerate(items):
        version = expect_map(item, "a version", items.at(index))
        version.check_keys(_KEYS, "a version")
        if version.get("v") is None:
            raise ProjectError("'v' is missing", at=version.at(), fix="add 'v: 1'")
        numbers.append(version["v"])
        found.append((str(version["v"]), version, items.at(index)))
    latest = str(entry.get("latest_version") or _greatest(numbers))
    for number, version, at in found:
        own = YamlMap(entry.path, version.line)
        own.update({k: v for k, v in version.items() if k not in ("v", "defined_in", "columns")})
        own.key_lines.update(version.key_lines)
        own["name"] = base.name
        spec = read(own, "a version")
        columns, dropped = _columns(version, base, read)
        tests = [t for t in base.tests if t.column is None or t.column not in dropped]
        yield replace(
            base,
            name=f"{base.name}.v{number}",
            description=spec.description or base.description,
            config={**base.config, **spec.config},
            columns=columns,
            tests=(*tests, *spec.tests, *_more_tests(version, base, read)),
            at=at,
            defined_in=str(version.get("defined_in") or f"{base.name}_v{number}"),
            is_latest=number == latest,
        )


def _greatest(numbers: list[object]) -> object:
    """dbt's choice: by number where all are numbers, by text otherwise."""
    if all(isinstance(n, (int, float)) for n in numbers):
        return max(numbers, key=float)  # type: ignore[arg-type]
    return max(map(str, numbers), default="")


def _own(version: YamlMap, base: NodeSpec, read: Read) -> NodeSpec | None:
    """The columns that only this version describes."""
    items = expect_list(version.get("columns"), "'columns'", version.at("columns"))
    rows = [item for item in items if isinstance(item, dict) and "include" not in item]
    if not rows:
        return None
    entry = YamlMap(version.path, version.line)
    listed = type(items)(version.path, version.line)
    listed.extend(rows)
    listed.item_lines.extend([version.line] * len(rows))
    entry.update({"name": base.name, "columns": listed})
    return read(entry, "a version")


def _columns(
    version: YamlMap, base: NodeSpec, read: Read
) -> tuple[tuple[Column, ...], frozenset[str]]:
    """The columns of a version, and which of the model's it leaves out."""
    rules = [i for i in version.get("columns") or [] if isinstance(i, dict) and "include" in i]
    own = _own(version, base, read)
    more = own.columns if own else ()
    everything = [c.name for c in base.columns]
    kept = everything
    if rules:
        include, exclude = rules[0].get("include"), rules[0].get("exclude") or []
        kept = everything if include in ("all", "*") else list(include or [])
        kept = [name for name in kept if name not in exclude]
    replaced = {c.name for c in more}
    columns = [c for c in base.columns if c.name in kept and c.name not in replaced]
    return (*columns, *more), frozenset(set(everything) - set(kept))


def _more_tests(version: YamlMap, base: NodeSpec, read: Read) -> tuple[TestSpec, ...]:
    own = _own(version, base, read)
    return own.tests if own else ()
