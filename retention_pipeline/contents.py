"""Is the new content of a relation the old one? And if not: of which columns is it?

Room:  act. Imports engine, nodes.
In:    an Engine and two relations in it.  Out: None when nothing differs, else Difference.

Rows are compared in no order, by their number and two sums of 64-bit hashes. What SQL calls equal
but shows differently counts as different: 0.0 and -0.0, one month and thirty days.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from retention_pipeline.engine import Engine
from retention_pipeline.nodes import Relation


@dataclass(frozen=True, slots=True)
class Difference:
    """What an old and a new content have in common. Names of columns are in lower case.

    `kept`: sets of columns whose rows are the same ones. `names`: columns gained or lost, or
    written in another case: a reader's own columns take over the case.
    `is_reordered`: they are not the same columns in the same order.
    `columns`: those that differ, gained and lost ones too, as far as they were looked at.
    """

    kept: frozenset[frozenset[str]] = frozenset()
    names: frozenset[str] = frozenset()
    is_reordered: bool = True
    columns: tuple[str, ...] = ()


Wanted: TypeAlias = Callable[[], Collection[frozenset[str]]]
"""Gives the sets of columns that somebody asks about."""


def compare(engine: Engine, old: Relation, new: Relation, wanted: Wanted) -> Difference | None:
    """Compare two relations; `wanted` is asked only when something may have stayed the same."""
    one, other = engine.described(old), engine.described(new)
    before = {name.lower(): kind for name, kind in one.items()}
    after = {name.lower(): kind for name, kind in other.items()}
    names = frozenset(name.lower() for name in one.keys() ^ other.keys())
    is_reordered = list(one) != list(other)
    if engine.count(old) != engine.count(new):
        return Difference(names=names, is_reordered=is_reordered)
    if before == after and not is_reordered and all(_alike(engine, old, new, before, [[*before]])):
        return None
    common = [name for name, kind in before.items() if after.get(name) == kind]
    asked = {columns for columns in wanted() if columns <= set(common)}
    if not asked:
        return Difference(names=names, is_reordered=is_reordered)
    single = _alike(engine, old, new, before, [[name] for name in common])
    steady = {name for name, same in zip(common, single, strict=True) if same}
    several = [sorted(columns) for columns in asked if len(columns) > 1 and columns <= steady]
    # most often nothing but the unsteady columns differs: one look at all others tells
    if several and all(_alike(engine, old, new, before, [sorted(steady)])):
        together = [True] * len(several)
    else:
        together = _alike(engine, old, new, before, several)
    kept = {columns for columns in asked if len(columns) < 2 and columns <= steady}
    kept |= {frozenset(s) for s, same in zip(several, together, strict=True) if same}
    changed = [*(name for name in before if name not in steady), *(n for n in after if n in names)]
    return Difference(frozenset(kept), names, is_reordered, tuple(dict.fromkeys(changed)))


def _alike(
    engine: Engine,
    old: Relation,
    new: Relation,
    types: Mapping[str, str],
    sets: Sequence[Sequence[str]],
) -> list[bool]:
    """For each set of columns: are their rows the same ones? One scan of each relation for all."""
    if not sets:
        return []
    one, other = (engine.hashes(relation, sets, types) for relation in (old, new))
    return [one[i : i + 2] == other[i : i + 2] for i in range(0, len(one), 2)]
