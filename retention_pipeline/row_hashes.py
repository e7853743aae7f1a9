"""SQL whose result is the same for the same rows, in whatever order they are.

Room:  compile. Imports quoting.
In:    columns and their types.  Out: expressions of DuckDB.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from retention_pipeline.quoting import quote

_SIGNED_ZERO = ("DOUBLE", "FLOAT")
_SHOWN_OTHERWISE = re.compile(r"\b(?:INTERVAL|DOUBLE|FLOAT|VARIANT)\b")


def sums(columns: Iterable[str], types: Mapping[str, str]) -> str:
    """Two sums of 64-bit hashes of these columns."""
    one = row_hash({name: types[name] for name in columns})
    return f"bit_xor({one}), sum(cast({one} as hugeint))"


def row_hash(types: Mapping[str, str]) -> str:
    """A 64-bit hash of a row of these columns."""
    return (
        f"hash({', '.join(part for name, kind in types.items() for part in _exactly(name, kind))})"
    )


def differing(old: str, new: str, types: Mapping[str, str], name: str) -> str:
    """A query of the hashes, as column `name`, of rows that one relation has more often than the other."""
    mark = row_hash(types)
    return (
        f"select {name} from (select {mark} as {name}, 1 as side from {new}"
        f" union all select {mark}, -1 from {old}) group by {name} having sum(side) <> 0"
    )


def _exactly(column: str, kind: str) -> list[str]:
    """What to compare so that only what is shown alike counts as equal.

    >>> _exactly("x", "BIGINT"), _exactly("x", "DOUBLE"), _exactly("x", "STRUCT(a DOUBLE)")
    (['"x"'], ['"x"', 'signbit("x")'], ['"x"', 'cast("x" as varchar)'])
    """
    name = quote(column)
    if kind in _SIGNED_ZERO:
        return [name, f"signbit({name})"]
    return [name, f"cast({name} as varchar)"] if _SHOWN_OTHERWISE.search(kind) else [name]
