"""`exposures:` of the properties files -> what is outside and reads our models.

Room:  read. Imports configs, errors, nodes, yaml_lines.
In:    YAML values.  Out: Exposure; it is never run, only selected, drawn and written down.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from retention_pipeline.configs import check_shape
from retention_pipeline.errors import ProjectError, did_you_mean
from retention_pipeline.nodes import Exposure
from retention_pipeline.yaml_lines import YamlList, YamlMap, expect_list, expect_map, plain

_KEYS = frozenset(
    """
    name label type maturity url description depends_on owner config meta tags enabled docs
    """.split()  # noqa: SIM905 - thirteen lines else
)
_TYPES = ("dashboard", "notebook", "analysis", "ml", "application")
_CALL = re.compile(
    r"""\s*(ref|source)\s*\(\s*(['"][^'"]+['"](?:\s*,\s*['"][^'"]+['"])?)\s*\)\s*\Z"""
)


def read_exposures(top: YamlMap) -> Iterator[tuple[Any, ...]]:
    """The entries of one file, as the arguments of Exposure after its package."""
    items = expect_list(top.get("exposures"), "'exposures'", top.at("exposures"))
    for index, item in enumerate(items):
        entry = expect_map(item, "each entry of 'exposures'", items.at(index))
        entry.check_keys(_KEYS, "an exposure")
        config = plain(entry.get("config") or {})
        if not isinstance(config, dict):
            raise ProjectError("'config' must be a mapping", at=entry.at("config"))
        if config.get("enabled", entry.get("enabled", True)) is False:
            continue
        yield _entry(entry, config)


def _entry(entry: YamlMap, config: dict[str, Any]) -> tuple[Any, ...]:
    name, kind = entry.get("name"), str(entry.get("type"))
    if not isinstance(name, str) or not re.fullmatch(r"\w+", name):
        raise ProjectError("an exposure's name must be letters, digits and _", at=entry.at("name"))
    if kind not in _TYPES:
        fix = did_you_mean(kind, _TYPES) or f"use {', '.join(_TYPES)}"
        raise ProjectError(
            f"exposure '{name}': type '{kind}' is unknown", at=entry.at("type"), fix=fix
        )
    owner = entry.get("owner")
    if not isinstance(owner, dict) or not ({"name", "email"} & owner.keys()):
        raise ProjectError(
            f"exposure '{name}' has no owner",
            at=entry.at("owner"),
            fix="owner: {name: ..., email: ...}",
        )
    tags = config.get("tags", entry.get("tags")) or []
    meta = config.get("meta", entry.get("meta")) or {}
    check_shape("tags", tags, entry.at("tags"))
    check_shape("meta", meta, entry.at("meta"))
    calls = expect_list(entry.get("depends_on"), "'depends_on'", entry.at("depends_on"))
    return (
        name,
        kind,
        tuple(_call(calls, index) for index in range(len(calls))),
        plain(owner),
        (tags,) if isinstance(tags, str) else tuple(str(tag) for tag in tags),
        plain(meta),
        str(entry.get("description") or ""),
        {key: str(entry[key]) for key in ("label", "maturity", "url") if entry.get(key)},
        entry.at("name"),
    )


def _call(calls: YamlList, index: int) -> tuple[str, str]:
    """`ref('a')` -> ("ref", "a"); `source('a', 'b')` -> ("source", "a.b")."""
    match = _CALL.match(str(calls[index]))
    if not match:
        raise ProjectError(
            f"depends_on: '{calls[index]}' is neither ref('...') nor source('...', '...')",
            at=calls.at(index),
        )
    names = [word.strip(" '\"") for word in match[2].split(",")]
    return match[1], ".".join(names) if match[1] == "source" else names[-1]


def exposure_needs(
    exposures: Iterable[Exposure], ids: Mapping[str, str], source_ids: Mapping[str, str]
) -> dict[str, frozenset[str]]:
    """Exposure -> what it reads. Raises ProjectError for what is not there."""
    needs = {}
    for exposure in exposures:
        found = []
        for kind, name in exposure.reads:
            known = ids if kind == "ref" else source_ids
            if name not in known:
                raise ProjectError(
                    f"exposure '{exposure.name}' reads {kind} '{name}', which is not there",
                    at=exposure.at,
                    fix=did_you_mean(name, known),
                )
            found.append(known[name])
        needs[exposure.unique_id] = frozenset(found)
    return needs
