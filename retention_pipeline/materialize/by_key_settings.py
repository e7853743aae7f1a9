"""What a model says of itself so that it can be made again for some keys only.

Room:  compile. Imports errors, nodes.
In:    `meta.by_key` of a model's config.  Out: ByKey; CompileError at the model's file.

It is a promise: the rows of one key are made of the rows with that key of `rows_of`, of the rows of
`joined` that these meet, and of all other parents as a whole. A view promises more: each of its
rows is one of the rows of its one parent in `rows_of`, with the values that have the same names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from retention_pipeline.errors import CompileError, Location
from retention_pipeline.nodes import Config

THIS = "this"
_SETTINGS = frozenset({"key", "rows_of", "joined", "as_of"})
_SHAPE = (
    "by_key: {key: COLUMN or [COLUMNS], rows_of: {PARENT: the like}, as_of: {PARENT: COLUMN},"
    " joined: {PARENT: {to: PARENT or this, match: {COLUMN: EXPRESSION}}}}"
)


@dataclass(frozen=True, slots=True)
class Joined:
    """A parent that is joined to the rows of another: its columns, and what they are equal to there."""

    to: str
    match: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ByKey:
    """Parents by the name that ref() and source() know. `as_of`: the column of a parent of which
    the model reads what lies before as_of."""

    key: tuple[str, ...]
    rows_of: Mapping[str, tuple[str, ...]]
    joined: Mapping[str, Joined]
    as_of: Mapping[str, str]

    @property
    def parents(self) -> frozenset[str]:
        """All that it names."""
        return frozenset({*self.rows_of, *self.joined})


def read_by_key(config: Config, at: Location) -> ByKey | None:
    """The promise of a model; None when it makes none."""
    meta = config.get("meta")
    given = meta.get("by_key") if isinstance(meta, Mapping) else None
    if given is None:
        return None
    if not isinstance(given, Mapping) or not set(given) <= _SETTINGS:
        _refuse(at)
    key = _columns(given.get("key"), at)
    rows_of = {n: _columns(v, at) for n, v in _mapping(given.get("rows_of"), at).items()}
    joined = {name: _joined(value, at) for name, value in _mapping(given.get("joined"), at).items()}
    as_of = _texts(given.get("as_of"), at)
    if not rows_of or rows_of.keys() & joined.keys():
        _refuse(at)
    if any(len(columns) != len(key) for columns in rows_of.values()):
        _refuse(at)
    if any(j.to != THIS and j.to not in rows_of for j in joined.values()):
        _refuse(at)
    if not as_of.keys() <= rows_of.keys() | joined.keys():
        _refuse(at)
    return ByKey(key, rows_of, joined, as_of)


def _columns(value: Any, at: Location) -> tuple[str, ...]:
    """One column or a list of them."""
    found = value if isinstance(value, list) else [value]
    if not found or not all(isinstance(name, str) for name in found):
        _refuse(at)
    return tuple(found)


def _joined(value: Any, at: Location) -> Joined:
    given = _mapping(value, at)
    match = _texts(given.get("match"), at)
    if set(given) != {"to", "match"} or not isinstance(given["to"], str) or not match:
        _refuse(at)
    return Joined(given["to"], match)


def _mapping(value: Any, at: Location) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        _refuse(at)
    return value


def _texts(value: Any, at: Location) -> dict[str, str]:
    found = _mapping(value, at)
    if not all(isinstance(text, str) for text in found.values()):
        _refuse(at)
    return dict(found)


def _refuse(at: Location) -> NoReturn:
    raise CompileError("meta.by_key cannot be read", at=at, fix=_SHAPE)
