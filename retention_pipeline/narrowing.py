"""What words choose: --select, --exclude, --selector, --indirect-selection, --state.

Room:  plan. Imports choice, compiled, errors, previous, selection, selectors.
In:    Choice, Compiled.  Out: Choices; SelectionError when words match nothing.
"""

from __future__ import annotations

from retention_pipeline.choice import Choice, Choices
from retention_pipeline.compiled import Compiled
from retention_pipeline.errors import CommandError, did_you_mean
from retention_pipeline.previous import Previous
from retention_pipeline.selection import (
    Expression,
    Indirect,
    compares,
    evaluate,
    read_words,
)
from retention_pipeline.selection_methods import RESOURCE_TYPES, Compare
from retention_pipeline.selectors import read_selectors


def narrow(compiled: Compiled, choice: Choice) -> Choices:
    """Evaluate a choice. Raises SelectionError and CommandError kinds."""
    indirect = _indirect(choice)
    include, exclude, text = _expressions(compiled, choice)
    types = _types(choice)
    graph, cards, compare = compiled.graph, compiled.cards, _compare(compiled, choice)
    found = evaluate(graph, cards, include, exclude, indirect, compare)
    left_out: frozenset[str] = frozenset()
    if choice.exclude:
        left_out = evaluate(graph, cards, exclude, None, Indirect.EMPTY, compare).named
    kept = frozenset(uid for uid in found.ids if cards[uid].kind in types)
    return Choices(
        ids=kept,
        named=found.named & kept,
        left_out=left_out,
        is_whole=include is None and exclude is None and len(types) == len(RESOURCE_TYPES),
        text=text,
        may_be_empty=compares(include),
    )


def _expressions(
    compiled: Compiled, choice: Choice
) -> tuple[Expression | None, Expression | None, str]:
    if choice.selector and (choice.include or choice.exclude):
        raise CommandError(
            "--selector stands alone", fix="without --select and --exclude, or use selector:NAME"
        )
    named = read_selectors(compiled.project)
    include, exclude = read_words(choice.include), read_words(choice.exclude)
    text = " ".join(choice.include)
    if choice.selector:
        return named.expression(choice.selector), None, f"--selector {choice.selector}"
    if include is None and exclude is None and named.default:
        return named.expression(named.default), None, f"--selector {named.default}"
    return named.resolved(include), named.resolved(exclude), text


def _indirect(choice: Choice) -> Indirect:
    word = choice.indirect or Indirect.EAGER
    if word not in list(Indirect):
        fix = did_you_mean(word, list(Indirect)) or f"use {', '.join(Indirect)}"
        raise CommandError(f"--indirect-selection '{word}' is unknown", fix=fix)
    return Indirect(word)


def _types(choice: Choice) -> frozenset[str]:
    for word in (*choice.resource_types, *choice.exclude_types):
        if word not in (*RESOURCE_TYPES, "all"):
            fix = did_you_mean(word, RESOURCE_TYPES) or f"use {', '.join(RESOURCE_TYPES)}"
            raise CommandError(f"there is no resource type '{word}'", fix=fix)
    wanted = set(choice.resource_types) - {"all"} or set(RESOURCE_TYPES)
    return frozenset(wanted - set(choice.exclude_types))


def _compare(compiled: Compiled, choice: Choice) -> Compare | None:
    return None if choice.state is None else Previous(compiled, choice.state).compare
