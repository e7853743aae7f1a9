"""`+rfm_segments tag:daily,path:models/marts --exclude x` -> the selected names.

Room:  compile. Imports errors, graph, selection_methods.
In:    selector texts, a Graph, what each node is called.  Out: the chosen unique ids.

Grammar (dbt's): a space is a union, a comma an intersection; `+x` with ancestors, `x+` with
descendants, `2+x` and `x+3` that many steps, `@x` with descendants and all that those need;
`method:value`, where `*`, `?` and `[]` are wildcards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from typing import TypeAlias

from retention_pipeline.errors import Location, SelectionError
from retention_pipeline.graph import Graph
from retention_pipeline.selection_methods import (
    COMPARING,
    Card,
    Compare,
    default_method,
    finder,
    nothing,
)

_ITEM = re.compile(
    r"(?P<around>@)?(?P<up>(?P<up_n>\d*)\+)?((?P<method>[\w.]+):)?"
    r"(?P<value>.*?)(?P<down>\+(?P<down_n>\d*))?\Z"
)
_TESTS = frozenset({"test", "unit_test"})


class Indirect(StrEnum):
    """When a test is chosen because of what it tests (dbt's four ways)."""

    EAGER = "eager"  # one of its parents is chosen
    CAUTIOUS = "cautious"  # all of them are
    BUILDABLE = "buildable"  # all of them are, or are above what is chosen
    EMPTY = "empty"  # never: tests are chosen by name only


@dataclass(frozen=True, slots=True)
class Criterion:
    """One `method:value` with its operators. A depth of None means all the way."""

    method: str
    value: str
    text: str
    parents: bool = False
    parents_depth: int | None = None
    children: bool = False
    children_depth: int | None = None
    around: bool = False
    indirect: Indirect | None = None
    at: Location | None = None


@dataclass(frozen=True, slots=True)
class Union:
    """What is in one of the parts."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Intersection:
    """What is in all of the parts."""

    parts: tuple[Expression, ...]
    text: str
    at: Location | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What is in `left` and not in `right`."""

    left: Expression
    right: Expression


Expression: TypeAlias = Criterion | Union | Intersection | Difference


@dataclass(frozen=True, slots=True)
class Chosen:
    """`ids` is everything chosen, `named` is what was not only chosen for what it tests."""

    ids: frozenset[str]
    named: frozenset[str]


def select(
    graph: Graph,
    cards: Mapping[str, Card],
    include: Iterable[str],
    exclude: Iterable[str],
    indirect: Indirect = Indirect.EMPTY,
) -> frozenset[str]:
    """Unique ids that `include` names (all when empty) less those that `exclude` names.

    Raises SelectionError when a selector is unreadable or matches nothing.
    """
    return evaluate(graph, cards, read_words(include), read_words(exclude), indirect).ids


def read_words(texts: Iterable[str]) -> Expression | None:
    """Selector texts of the command line; None for no text."""
    words = [word for text in texts for word in text.split()]
    return Union(tuple(read_word(word) for word in words)) if words else None


def read_word(word: str, at: Location | None = None) -> Expression:
    """One selector without spaces."""
    parts = tuple(_criterion(part, at) for part in word.split(","))
    return parts[0] if len(parts) == 1 else Intersection(parts, word, at)


def _criterion(text: str, at: Location | None) -> Criterion:
    match = _ITEM.match(text)
    if not match or not match["value"]:
        raise SelectionError(
            f"cannot read the selector '{text}'", at=at, fix="for example: +rfm_segments"
        )
    if match["around"] and match["down"]:
        raise SelectionError(
            f"'{text}': @ says + at the end already", at=at, fix=f"write '{text.rstrip('+')}'"
        )
    return Criterion(
        method=match["method"] or default_method(match["value"]),
        value=match["value"],
        text=text,
        parents=bool(match["up"]),
        parents_depth=int(match["up_n"]) if match["up_n"] else None,
        children=bool(match["down"]),
        children_depth=int(match["down_n"]) if match["down_n"] else None,
        around=bool(match["around"]),
        at=at,
    )


def evaluate(
    graph: Graph,
    cards: Mapping[str, Card],
    include: Expression | None,
    exclude: Expression | None,
    indirect: Indirect,
    compare: Compare | None = None,
) -> Chosen:
    """What the expressions choose; tests follow what they test as `indirect` says.

    `compare` answers the methods that look at an earlier state. Raises SelectionError.
    """
    chooser = _Chooser(graph, cards, indirect, compare)
    everything = frozenset(cards)
    found = _Found(everything, everything) if include is None else chooser.find(include)
    if exclude is not None:
        found = chooser.combine([found, chooser.find(exclude)], frozenset.difference)
    return Chosen(found.direct, found.named)


def compares(expression: Expression | None) -> bool:
    """True when something in it depends on an earlier state, so that no match is no mistake."""
    if isinstance(expression, Criterion):
        return expression.method.partition(".")[0] in COMPARING
    if isinstance(expression, Difference):
        return compares(expression.left)
    return expression is not None and any(compares(part) for part in expression.parts)


@dataclass(frozen=True, slots=True)
class _Found:
    """`direct` adds tests to `named`; `waiting` are tests that may follow with more parents."""

    named: frozenset[str]
    direct: frozenset[str]
    waiting: frozenset[str] = frozenset()


_Operation: TypeAlias = Callable[[frozenset[str], frozenset[str]], frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Chooser:
    """dbt's NodeSelector on our Graph."""

    graph: Graph
    cards: Mapping[str, Card]
    indirect: Indirect
    compare: Compare | None

    def find(self, expression: Expression) -> _Found:
        if isinstance(expression, Criterion):
            return self._follow(self._named(expression), expression.indirect or self.indirect)
        if isinstance(expression, Union):
            return self.combine([self.find(p) for p in expression.parts], frozenset.union)
        if isinstance(expression, Difference):
            sides = [self.find(expression.left), self.find(expression.right)]
            return self.combine(sides, frozenset.difference)
        found = self.combine([self.find(p) for p in expression.parts], frozenset.intersection)
        if not found.direct and not compares(expression):
            text = f"'{expression.text}': no node is in all of its parts"
            raise SelectionError(text, at=expression.at)
        return found

    def combine(self, parts: list[_Found], operation: _Operation) -> _Found:
        """The same set operation on what is named, what follows and what waits."""
        named = reduce(operation, [part.named for part in parts])
        direct = reduce(operation, [part.direct for part in parts])
        waiting = reduce(operation, [part.direct | part.waiting for part in parts])
        if self.indirect in (Indirect.CAUTIOUS, Indirect.BUILDABLE):
            enough = self._enough(direct, self.indirect)
            tests = {t for t in waiting - direct if self.cards[t].kind in _TESTS}
            direct |= {t for t in tests if self.graph.parents(t) <= enough}
        return _Found(named, direct, waiting - direct)

    def _named(self, item: Criterion) -> frozenset[str]:
        matches = finder(item.method, item.value, item.text, self.compare, item.at)
        hits = {uid for uid, card in self.cards.items() if matches(card)}
        if not hits and not compares(item):
            raise nothing(item.text, item.method, item.value, self.cards.values(), item.at)
        result = set(hits)
        for uid in hits:
            if item.around:
                near = {uid, *self.graph.descendants(uid)}
                result |= near.union(*(self.graph.ancestors(n) for n in near))
            if item.parents:
                result |= self.graph.ancestors(uid, item.parents_depth)
            if item.children:
                result |= self.graph.descendants(uid, item.children_depth)
        return frozenset(result)

    def _follow(self, named: frozenset[str], indirect: Indirect) -> _Found:
        if indirect is Indirect.EMPTY:
            return _Found(named, named)
        children = {child for uid in named for child in self.graph.children(uid)}
        tests = frozenset(c for c in children - named if self.cards[c].kind in _TESTS)
        if indirect is Indirect.EAGER:
            return _Found(named, named | tests)
        enough = self._enough(named, indirect)
        now = frozenset(test for test in tests if self.graph.parents(test) <= enough)
        return _Found(named, named | now, tests - now)

    def _enough(self, chosen: frozenset[str], indirect: Indirect) -> frozenset[str]:
        """What a test may need to be chosen."""
        if indirect is Indirect.CAUTIOUS:
            return chosen
        sources = {uid for uid, card in self.cards.items() if card.kind == "source"}
        return chosen.union(sources, *(self.graph.ancestors(uid) for uid in chosen))
