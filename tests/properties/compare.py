"""Rows of a model against what an oracle says, with every difference in the message."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

Row = Mapping[str, object]
TOLERANCE = 1e-9
SHOWN = 20


def keyed(rows: Iterable[Row], keys: Sequence[str]) -> dict[tuple[object, ...], Row]:
    """Rows by their key; a second row of one key fails."""
    found: dict[tuple[object, ...], Row] = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        assert key not in found, f"two rows of {key}"
        found[key] = row
    return found


def is_same(got: object, want: object) -> bool:
    """Fractions are compared as floats, money to its four decimals, all else exactly."""
    if isinstance(want, Fraction):
        return got is not None and math.isclose(
            float(str(got)), float(want), rel_tol=TOLERANCE, abs_tol=TOLERANCE
        )
    if isinstance(want, Decimal):
        return got is not None and Decimal(str(got)) == want
    return got == want


def assert_rows(
    rows: Iterable[Row], keys: Sequence[str], want: Mapping[tuple[object, ...], Row]
) -> None:
    """The same keys, and in each row the columns that `want` names."""
    got = keyed(rows, keys)
    faults = [f"{key}: missing" for key in want if key not in got]
    faults += [f"{key}: not expected: {dict(got[key])}" for key in got if key not in want]
    faults += [
        f"{key} {column}: got {got[key][column]!r}, want {value!r}"
        for key, row in want.items()
        if key in got
        for column, value in row.items()
        if not is_same(got[key][column], value)
    ]
    assert not faults, "\n" + "\n".join(faults[:SHOWN])
