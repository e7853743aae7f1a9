"""selectors.yml -> named selections (dbt's format).

Room:  plan. Imports choice, errors, project, selection, templates, yaml_lines. Reads the disk.
In:    Project.  Out: Named: what --selector and selector:NAME mean; errors with file and line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from retention_pipeline.choice import SELECTORS
from retention_pipeline.errors import Location, ProjectError, SelectionError, did_you_mean
from retention_pipeline.project import Project
from retention_pipeline.selection import (
    Criterion,
    Difference,
    Expression,
    Indirect,
    Intersection,
    Union,
    read_word,
)
from retention_pipeline.templates import env_var_reader, render_value, var_reader
from retention_pipeline.yaml_lines import YamlMap, expect_list, expect_map, parse_yaml

_TOP = frozenset({"selectors", "version"})
_ENTRY = frozenset({"name", "description", "definition", "default"})
_SETS = ("union", "intersection")
_METHOD = frozenset(
    """
    method value children children_depth parents parents_depth childrens_parents
    indirect_selection exclude greedy
    """.split()  # noqa: SIM905 - ten lines else
)


@dataclass(frozen=True)
class Named:
    """The selections of one project by name; `default` is used when nothing else is asked for."""

    found: Mapping[str, Expression] = field(default_factory=dict)
    default: str | None = None

    def expression(self, name: str, at: Location | None = None) -> Expression:
        if name in self.found:
            return self.found[name]
        known = ", ".join(self.found) or f"none: there is no {SELECTORS}"
        fix = did_you_mean(name, self.found) or f"there are: {known}"
        raise SelectionError(f"no selector is named '{name}'", at=at, fix=fix)

    def resolved(self, expression: Expression | None) -> Expression | None:
        """The same with each `selector:NAME` replaced by what it means."""
        if isinstance(expression, Criterion):
            if expression.method != "selector":
                return expression
            if expression.parents or expression.children or expression.around:
                raise SelectionError(
                    f"'{expression.text}': a named selector takes no + or @", at=expression.at
                )
            return self.expression(expression.value, expression.at)
        if isinstance(expression, Difference):
            left, right = self.resolved(expression.left), self.resolved(expression.right)
            return Difference(left or expression.left, right or expression.right)
        if expression is None:
            return None
        parts = tuple(self.resolved(part) or part for part in expression.parts)
        return replace(expression, parts=parts)


def read_selectors(project: Project) -> Named:
    """Read the file if there is one. Raises ProjectError and SelectionError kinds."""
    path = project.root / SELECTORS
    if not path.is_file():
        return Named()
    shown = project.place(Path(SELECTORS))
    document = parse_yaml(path.read_text(encoding="utf-8"), shown)
    if document is None:
        return Named()
    top = expect_map(document, SELECTORS, Location(shown, 1))
    top.check_keys(_TOP, SELECTORS)
    items = expect_list(top.get("selectors"), "'selectors'", top.at("selectors"))
    found: dict[str, Expression] = {}
    default: str | None = None
    for index, item in enumerate(items):
        entry = expect_map(item, "each entry of 'selectors'", items.at(index))
        entry.check_keys(_ENTRY, "a selector")
        name = entry.get("name")
        if not isinstance(name, str) or "definition" not in entry:
            raise ProjectError("a selector needs a name and a definition", at=entry.at())
        if name in found:
            raise ProjectError(f"two selectors are named '{name}'", at=entry.at("name"))
        found[name] = _definition(entry["definition"], entry.at("definition"), Named(found))
        if _is_default(entry, project):
            if default is not None:
                raise ProjectError(
                    f"both '{default}' and '{name}' are the default", at=entry.at("default")
                )
            default = name
    return Named(found, default)


def _is_default(entry: YamlMap, project: Project) -> bool:
    at = entry.at("default")
    names = {
        "var": var_reader(project.vars, lambda: at),
        "env_var": env_var_reader(project.environ, lambda: at),
        "target": project.target,
    }
    return str(render_value(entry.get("default", False), names, at)).strip().lower() == "true"


def _definition(value: Any, at: Location, known: Named) -> Expression:
    if isinstance(value, str):
        words = [read_word(word, at) for word in value.split()]
        if not words:
            raise ProjectError("a selector with no words", at=at)
        return known.resolved(words[0] if len(words) == 1 else Union(tuple(words))) or words[0]
    entry = expect_map(value, "a definition", at)
    for key in _SETS:
        if key in entry:
            if len(entry) > 1:
                others = ", ".join(k for k in entry if k != key)
                raise ProjectError(f"'{key}' stands alone, not beside {others}", at=entry.at(key))
            return _set(key, entry, known)
    return _method(entry, known)


def _set(key: str, entry: YamlMap, known: Named) -> Expression:
    items = expect_list(entry[key], f"'{key}'", entry.at(key))
    parts: list[Expression] = []
    dropped: Expression | None = None
    for index, item in enumerate(items):
        if isinstance(item, YamlMap) and set(item) == {"exclude"}:
            if dropped is not None:
                raise ProjectError(f"'{key}' has two 'exclude'", at=items.at(index))
            dropped = _excluded(item, known)
        else:
            parts.append(_definition(item, items.at(index), known))
    if not parts:
        raise ProjectError(f"'{key}' has nothing to take", at=entry.at(key))
    made: Expression = Union(tuple(parts))
    if key == "intersection":
        made = Intersection(tuple(parts), key, entry.at(key))
    return made if dropped is None else Difference(made, dropped)


def _excluded(entry: YamlMap, known: Named) -> Expression:
    items = expect_list(entry["exclude"], "'exclude'", entry.at("exclude"))
    if not items:
        raise ProjectError("'exclude' names nothing", at=entry.at("exclude"))
    return Union(tuple(_definition(item, items.at(i), known) for i, item in enumerate(items)))


def _method(entry: YamlMap, known: Named) -> Expression:
    if len(entry) == 1 and not (set(entry) & _METHOD):  # {tag: daily}
        method, value = next(iter(entry.items()))
    else:
        entry.check_keys(_METHOD, "a definition")
        if "method" not in entry or "value" not in entry:
            raise ProjectError("a definition needs 'method' and 'value'", at=entry.at())
        method, value = str(entry["method"]), entry["value"]
    if isinstance(value, dict | list) or value is None:
        raise ProjectError(f"the value of '{method}' must be text", at=entry.at())
    at = entry.at("value" if "value" in entry else method)
    word = str(value).lower() if isinstance(value, bool) else str(value)
    made: Expression = Criterion(
        method=method,
        value=word,
        text=f"{method}:{word}",
        parents=bool(entry.get("parents")),
        parents_depth=_depth(entry, "parents_depth"),
        children=bool(entry.get("children")),
        children_depth=_depth(entry, "children_depth"),
        around=bool(entry.get("childrens_parents")),
        indirect=_indirect(entry),
        at=at,
    )
    made = known.resolved(made) or made
    return Difference(made, _excluded(entry, known)) if "exclude" in entry else made


def _depth(entry: YamlMap, key: str) -> int | None:
    value = entry.get(key)
    if value is None:
        return None
    if not str(value).isdigit():
        raise ProjectError(f"'{key}' must be a whole number", at=entry.at(key))
    return int(value)


def _indirect(entry: YamlMap) -> Indirect | None:
    word = entry.get("indirect_selection")
    if word is None:
        return None
    if word not in list(Indirect):
        fix = did_you_mean(str(word), list(Indirect)) or f"use {', '.join(Indirect)}"
        raise ProjectError(
            f"indirect_selection '{word}' is unknown", at=entry.at("indirect_selection"), fix=fix
        )
    return Indirect(word)
