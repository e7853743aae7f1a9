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
    inner = ", ".join(_exactly(quote(name), types[name]) for name in columns)
    return f"bit_xor(hash({inner})), sum(cast(hash({inner}) as hugeint))"


def _exactly(name: str, kind: str) -> str:
    """What to hash so that only what is shown alike counts as equal.

    >>> _exactly("x", "BIGINT"), _exactly("x", "DOUBLE"), _exactly("x", "STRUCT(a DOUBLE)")
    ('x', 'x, signbit(x)', 'x, cast(x as varchar)')
    """
    if kind in _SIGNED_ZERO:
        return f"{name}, signbit({name})"
    return f"{name}, cast({name} as varchar)" if _SHOWN_OTHERWISE.search(kind) else name
