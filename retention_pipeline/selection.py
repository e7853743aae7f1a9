"""`+rfm_segments tag:daily,path:models/marts --exclude x` -> the selected names.

Room:  compile. Imports errors, graph.
In:    selector texts, a Graph, what each node is called.  Out: a set of unique ids.

Grammar (dbt's): a space is a union, a comma an intersection; `+x` with ancestors, `x+` with
descendants, `2+x` and `x+3` that many steps; methods name (default), tag, path, source,
resource_type, config.KEY; `*` is a wildcard.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from retention_pipeline.errors import SelectionError, did_you_mean
from retention_pipeline.graph import Graph

_ITEM = re.compile(
    r"(?P<up>(?P<up_n>\d*)\+)?((?P<method>[\w.]+):)?(?P<value>.*?)(?P<down>\+(?P<down_n>\d*))?\Z"
)


@dataclass(frozen=True, slots=True)
class Card:
    """What a node can be selected by."""

    unique_id: str
    name: str
    fqn: tuple[str, ...]
    path: str
    kind: str
    tags: tuple[str, ...] = ()
    config: Mapping[str, object] = field(default_factory=dict)


def select(
    graph: Graph, cards: Mapping[str, Card], include: Iterable[str], exclude: Iterable[str]
) -> frozenset[str]:
    """Unique ids that `include` names (all when empty) less those that `exclude` names.

    Raises SelectionError when a selector is unreadable or matches nothing.
    """
    wanted = _union(graph, cards, include)
    chosen = frozenset(cards) if wanted is None else wanted
    dropped = _union(graph, cards, exclude) or frozenset()
    return chosen - dropped


def _union(graph: Graph, cards: Mapping[str, Card], texts: Iterable[str]) -> frozenset[str] | None:
    found: set[str] = set()
    words = [word for text in texts for word in text.split()]
    for word in words:
        parts = [_item(graph, cards, part) for part in word.split(",")]
        found |= frozenset.intersection(*parts)
        if not found and len(words) == 1:
            raise SelectionError(f"'{word}': no node is in all of its parts")
    return frozenset(found) if words else None


def _item(graph: Graph, cards: Mapping[str, Card], text: str) -> frozenset[str]:
    match = _ITEM.match(text)
    if not match or not match["value"]:
        raise SelectionError(f"cannot read the selector '{text}'", fix="for example: +rfm_segments")
    method, value = match["method"] or "", match["value"]
    hits = {i for i, card in cards.items() if _test(method, text)(card, value)}
    if not hits:
        raise _nothing(text, method, value, cards)
    result = set(hits)
    for name in hits:
        if match["up"]:
            result |= graph.ancestors(name, int(match["up_n"]) if match["up_n"] else None)
        if match["down"]:
            result |= graph.descendants(name, int(match["down_n"]) if match["down_n"] else None)
    return frozenset(result)


def _test(method: str, text: str) -> Callable[[Card, str], bool]:
    if method in _METHODS:
        return _METHODS[method]
    if method.startswith("config."):
        key = method.removeprefix("config.")
        return lambda card, value: str(card.config.get(key)).lower() == value.lower()
    known = [*(m for m in _METHODS if m), "config.materialized"]
    raise SelectionError(
        f"'{text}': unknown selector method '{method}'",
        fix=did_you_mean(method, known) or f"there are: {', '.join(sorted(known))}",
    )


def _by_name(card: Card, value: str) -> bool:
    if fnmatchcase(card.name, value):
        return True
    parts = value.split(".")
    return any(card.fqn[i : i + len(parts)] == tuple(parts) for i in (0, 1))


def _by_path(card: Card, value: str) -> bool:
    wanted = value.rstrip("/")
    return (
        card.path == wanted or card.path.startswith(wanted + "/") or fnmatchcase(card.path, value)
    )


def _by_default(card: Card, value: str) -> bool:
    return _by_path(card, value) if "/" in value else _by_name(card, value)


def _by_source(card: Card, value: str) -> bool:
    return card.kind == "source" and (fnmatchcase(card.name, value) or card.fqn[1] == value)


_METHODS: dict[str, Callable[[Card, str], bool]] = {
    "": _by_default,
    "name": _by_name,
    "fqn": _by_name,
    "tag": lambda card, value: any(fnmatchcase(tag, value) for tag in card.tags),
    "path": _by_path,
    "source": _by_source,
    "resource_type": lambda card, value: card.kind == value,
}


def _nothing(text: str, method: str, value: str, cards: Mapping[str, Card]) -> SelectionError:
    if method == "tag":
        known: Iterable[str] = {tag for card in cards.values() for tag in card.tags}
    elif method == "path":
        known = {card.path for card in cards.values()}
    else:
        known = {card.name for card in cards.values()}
    fix = did_you_mean(value, known) or "`pipeline ls` lists what there is"
    return SelectionError(f"the selector '{text}' matches nothing", fix=fix)
