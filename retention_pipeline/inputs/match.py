"""Which name in a file's header stands for which column of the contract.

Room:  act (pure). Imports: errors, inputs.contract.
In:    header names, a contract.  Out: Match; an error when one column has two names or none.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from retention_pipeline.inputs.errors import DuplicateColumnError, MissingColumnError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from retention_pipeline.errors import Location
    from retention_pipeline.inputs.contract import InputColumn, InputContract

SHOWN_NAMES = 20


@dataclass(frozen=True, slots=True)
class Match:
    """`places`: per contract column its index in the header, or None."""

    places: tuple[int | None, ...]
    missing: tuple[str, ...]
    ignored: tuple[str, ...]

    @property
    def found(self) -> int:
        return sum(place is not None for place in self.places)


def match(names: Sequence[str], contract: InputContract, at: Location) -> Match:
    """Match by exact name, then any letter case, then aliases; a name serves one column only."""
    matched = _match(names, contract, at)
    absent = [c for c, place in zip(contract.columns, matched.places, strict=True) if place is None]
    required = [column.name for column in absent if column.required]
    if required:
        raise _missing(required, names, matched, contract, at)
    return matched


def score(names: Sequence[str], contract: InputContract) -> int:
    """How many of the contract's columns these names would serve (ambiguous ones once)."""
    lowered = {name.strip().lower() for name in names}
    return sum(any(w.lower() in lowered for w in (c.name, *c.aliases)) for c in contract.columns)


def _match(names: Sequence[str], contract: InputContract, at: Location) -> Match:
    bare = [name.strip() for name in names]
    places: list[int | None] = [None] * len(contract.columns)
    taken: set[int] = set()
    for wanted, fold in _tiers():
        index: dict[str, list[int]] = {}
        for i, name in enumerate(bare):
            if i not in taken:
                index.setdefault(fold(name), []).append(i)
        for position, column in enumerate(contract.columns):
            if places[position] is not None:
                continue
            hits = sorted({i for name in wanted(column) for i in index.get(fold(name), ())})
            if len(hits) > 1:
                spelt = " and ".join(f"'{bare[i]}' (column {i + 1})" for i in hits)
                raise DuplicateColumnError(
                    f"the header has {spelt}, which both mean '{column.name}'",
                    at=at,
                    fix="rename or remove one of them",
                )
            if hits:
                places[position] = hits[0]
                taken.add(hits[0])
    missing = tuple(
        c.name for c, place in zip(contract.columns, places, strict=True) if place is None
    )
    return Match(tuple(places), missing, tuple(n for i, n in enumerate(bare) if i not in taken))


def _tiers() -> Iterator[tuple[Callable[[InputColumn], tuple[str, ...]], Callable[[str], str]]]:
    yield (lambda column: (column.name,)), str
    yield (lambda column: (column.name,)), str.lower
    yield (lambda column: column.aliases), str
    yield (lambda column: column.aliases), str.lower


def _missing(
    required: list[str],
    names: Sequence[str],
    matched: Match,
    contract: InputContract,
    at: Location,
) -> MissingColumnError:
    spelt = ", ".join(f"'{name}'" for name in required)
    header = ", ".join(name.strip() for name in names[:SHOWN_NAMES])
    more = f", ... {len(names)} in all" if len(names) > SHOWN_NAMES else ""
    plural = "s" if len(required) > 1 else ""
    hints = [
        f"did you mean '{near}' for '{name}'? Rename it, or add it to the column's aliases"
        for name in required
        if (near := _nearest(name, matched.ignored)) is not None
    ]
    return MissingColumnError(
        f"no column for the required {spelt} of '{contract.name}' (the header has: {header}{more})",
        at=at,
        fix="; ".join(hints) or f"add the column{plural}, or name the header under `aliases`",
    )


def _nearest(name: str, others: Sequence[str]) -> str | None:
    plain = {"".join(c for c in other.lower() if c.isalnum()): other for other in others}
    wanted = "".join(c for c in name.lower() if c.isalnum())
    close = get_close_matches(wanted, list(plain), n=1, cutoff=0.7)
    return plain[close[0]] if close else None
