"""`tag:daily`, `config.materialized:view`, `state:modified` -> does this node match?

Room:  compile. Imports errors.
In:    a method, a value, a Card.  Out: yes or no; SelectionError with the nearest names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TypeAlias

from retention_pipeline.errors import Location, SelectionError, did_you_mean

COMPARING = frozenset({"state", "result", "source_status"})
"""Methods that look at an earlier state: that nothing matches is an answer, not a mistake."""

Compare: TypeAlias = Callable[[str, str, str], bool]
"""(method, value, unique id) -> whether the node matches, for the methods of COMPARING."""

_WILD = frozenset("*?[]")
_FILES = (".sql", ".py", ".csv")
_TEST_TYPES = {
    "generic": {"generic"},
    "schema": {"generic"},
    "singular": {"singular"},
    "data": {"generic", "singular"},
    "unit": {"unit"},
}


@dataclass(frozen=True, slots=True)
class Card:
    """What a node can be selected by. `test_name` is a generic test's kind.

    `version`: what a model's version is among the others; "none" for a model without.
    """

    unique_id: str
    name: str
    fqn: tuple[str, ...]
    path: str
    kind: str
    tags: tuple[str, ...] = ()
    config: Mapping[str, object] = field(default_factory=dict)
    described: str = ""  # the .yml, where the node itself is another file
    test_type: str = ""
    test_name: str = ""
    is_own: bool = True  # of the project itself, not of a package
    version: str = ""

    @property
    def package(self) -> str:
        return self.fqn[0]


def default_method(value: str) -> str:
    """What a selector without a method means (dbt's rule)."""
    if "/" in value:
        return "path"
    return "file" if value.lower().endswith(_FILES) else "fqn"


def finder(
    method: str, value: str, text: str, compare: Compare | None, at: Location | None
) -> Callable[[Card], bool]:
    """The question whether a card matches. Raises SelectionError for an unknown method."""
    if method.startswith("config."):
        keys = method.split(".")[1:]
        return lambda card: _by_config(card, keys, value)
    if method in COMPARING:
        if compare is None:
            raise SelectionError(
                f"'{text}' compares with an earlier state", at=at, fix="add --state DIR"
            )
        return lambda card: compare(method, value, card.unique_id)
    if method in _VALUES:
        _check(value, text, _VALUES[method], at)
    if method in _METHODS:
        return lambda card: _METHODS[method](card, value)
    known = [*_METHODS, *COMPARING, "config.materialized", "selector"]
    raise SelectionError(
        f"'{text}': unknown selector method '{method}'",
        at=at,
        fix=did_you_mean(method, known) or f"there are: {', '.join(sorted(known))}",
    )


def _check(value: str, text: str, known: Iterable[str], at: Location | None) -> None:
    if value not in known:
        fix = did_you_mean(value, known) or f"there are: {', '.join(sorted(known))}"
        raise SelectionError(f"'{text}': there is no '{value}'", at=at, fix=fix)


def _by_fqn(card: Card, value: str) -> bool:
    if card.kind == "source":  # dbt leaves sources out; their whole name cannot be mistaken
        return card.name == value
    return _fqn_matches(card.fqn, value) or _fqn_matches(card.fqn[1:], value)


def _fqn_matches(fqn: tuple[str, ...], value: str) -> bool:
    if not fqn or fqn[-1] == value:
        return bool(fqn)
    flat, wanted = [part for name in fqn for part in name.split(".")], value.split(".")
    if len(flat) < len(wanted):
        return False
    for i, part in enumerate(wanted):
        if _WILD & set(part):
            whole = fnmatchcase(".".join(flat[i:]), ".".join(wanted[i:]))
            return whole or ("." not in value and fnmatchcase(fqn[-1], value))
        if flat[i] != part:
            return False
    return True


def _by_name(card: Card, value: str) -> bool:
    return fnmatchcase(card.name, value)


def _by_path(card: Card, value: str) -> bool:
    wanted = value.rstrip("/").removeprefix("./")
    return any(_path_matches(path, wanted) for path in (card.path, card.described) if path)


def _path_matches(path: str, wanted: str) -> bool:
    """The file itself or a folder above it; a wildcard does not cross a `/`, `**` does."""
    if path == wanted or path.startswith(wanted + "/"):
        return True
    if not _WILD & set(wanted):
        return False
    parts, pattern = path.split("/"), wanted.split("/")
    return any(_parts_match(parts[:n], pattern) for n in range(1, len(parts) + 1))


def _parts_match(parts: list[str], pattern: list[str]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_parts_match(parts[n:], pattern[1:]) for n in range(len(parts) + 1))
    return (
        bool(parts) and fnmatchcase(parts[0], pattern[0]) and _parts_match(parts[1:], pattern[1:])
    )


def _by_file(card: Card, value: str) -> bool:
    path = PurePosixPath(card.path)
    return fnmatchcase(path.name, value) or fnmatchcase(path.stem, value)


def _by_source(card: Card, value: str) -> bool:
    """`source`, `source.table` or `package.source.table`."""
    if card.kind != "source":
        return False
    parts = value.split(".")
    wanted = {1: ["*", *parts, "*"], 2: ["*", *parts]}.get(len(parts), parts)
    return len(wanted) == len(card.fqn) and all(map(fnmatchcase, card.fqn, wanted))


def _of_package(kind: str) -> Callable[[Card, str], bool]:
    """`name` or `package.name` of one kind of node."""

    def matches(card: Card, value: str) -> bool:
        package, _, name = value.rpartition(".")
        if card.kind != kind or not fnmatchcase(card.name, name):
            return False
        return fnmatchcase(card.package, package or "*")

    return matches


def _by_config(card: Card, keys: list[str], value: str) -> bool:
    found: object = card.config
    for key in keys:
        if not isinstance(found, Mapping) or key not in found:
            return False
        found = found[key]
    items = found if isinstance(found, list | tuple) else [found]
    return any(str(item).lower() == value.lower() for item in items)


def _access(card: Card) -> str:
    return str(card.config.get("access") or "protected")


def _by_package(card: Card, value: str) -> bool:
    return (value == "this" and card.is_own) or fnmatchcase(card.package, value)


_METHODS: dict[str, Callable[[Card, str], bool]] = {
    "name": _by_name,
    "fqn": _by_fqn,
    "tag": lambda card, value: any(fnmatchcase(tag, value) for tag in card.tags),
    "path": _by_path,
    "file": _by_file,
    "source": _by_source,
    "exposure": _of_package("exposure"),
    "unit_test": _of_package("unit_test"),
    "resource_type": lambda card, value: card.kind == value,
    "test_type": lambda card, value: card.test_type in _TEST_TYPES[value],
    "test_name": lambda card, value: bool(card.test_name) and fnmatchcase(card.test_name, value),
    "group": lambda card, value: fnmatchcase(str(card.config.get("group") or ""), value),
    "access": lambda card, value: card.kind == "model" and _access(card) == value,
    "version": lambda card, value: card.version == value,
    "package": _by_package,
}
RESOURCE_TYPES = ("model", "seed", "source", "snapshot", "test", "unit_test", "exposure")
_VALUES: dict[str, Iterable[str]] = {
    "resource_type": RESOURCE_TYPES,
    "test_type": _TEST_TYPES,
    "access": ("private", "protected", "public"),
    "version": ("latest", "prerelease", "old", "none"),
}


def nothing(
    text: str, method: str, value: str, cards: Iterable[Card], at: Location | None
) -> SelectionError:
    """The error for a selector that no node matches, with what comes near."""
    known = sorted({word for card in cards for word in _words(method, card)})
    near = get_close_matches(value, known, n=4)
    fix = did_you_mean(value, known)
    if fix and near[1:]:
        fix += f" also near: {', '.join(sorted(near[1:]))}"
    return SelectionError(
        f"the selector '{text}' matches nothing",
        at=at,
        fix=fix or "`pipeline ls` lists what there is",
    )


def _words(method: str, card: Card) -> Iterable[str]:
    """What one could have meant."""
    if method == "tag":
        return card.tags
    if method in ("path", "file"):
        path = PurePosixPath(card.path)
        return (path.name, path.stem) if method == "file" else (str(path), str(path.parent))
    if method in ("test_name", "package"):
        return (getattr(card, method),)
    if method.startswith("config."):
        return (str(card.config.get(method.split(".")[1])),)
    if method == "source":
        return (card.fqn[1], card.name) if card.kind == "source" else ()
    return (card.name,) if method not in ("exposure", "unit_test") or card.kind == method else ()
