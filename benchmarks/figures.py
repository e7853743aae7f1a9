"""What a benchmark says: figures, each with what it cost and, where there is one, its limit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.clock import Cost


@dataclass(frozen=True)
class Figure:
    """One figure. Most are ratios of two costs of the same run; `unit` says what else it is."""

    name: str
    figure: float | None = None
    cost: Cost | None = None
    limit: float | None = None
    unit: str = "x"
    note: str = ""

    @property
    def verdict(self) -> str:
        """pass or FAIL; nothing where no limit is set."""
        if self.limit is None or self.figure is None:
            return ""
        return "pass" if self.figure <= self.limit else "FAIL"

    @property
    def cells(self) -> tuple[str, ...]:
        """As a line of a table: name, figure, limit, verdict, CPU s, wall s, MB."""
        cost = self.cost
        costs = (cost.cpu, cost.wall, cost.megabytes) if cost else (None, None, None)
        return (
            f"{self.name} ({self.note})" if self.note else self.name,
            "" if self.figure is None else f"{self.figure:.2f} {self.unit}".strip(),
            "" if self.limit is None else f"{self.limit:g}",
            f"**{self.verdict}**" if self.verdict == "FAIL" else self.verdict,
            *(("" if x is None else f"{x:.2f}") for x in costs[:2]),
            f"{costs[2]:.0f}" if costs[2] else "",
        )


HEAD = ("figure", "", "limit", "", "CPU s", "wall s", "MB")


@dataclass(frozen=True)
class Asked:
    """What the command line said. `folder` is for files of the run; it is removed at its end."""

    folder: Path
    rows: Sequence[int] = (1_000_000,)
    times: int = 3
    is_large: bool = False
    memory: str = "4GiB"


@dataclass(frozen=True)
class Part:
    """One member of the suite. `missing` says why it cannot run here, or nothing."""

    name: str
    title: str
    run: Callable[[Asked], Iterator[Figure]]
    missing: Callable[[], str] = field(default=lambda: "")


def ratio(
    name: str, cost: Cost, against: Cost, limit: float | None = None, note: str = ""
) -> Figure:
    """CPU seconds of one work over those of another."""
    return Figure(name, cost.cpu / max(against.cpu, 1e-9), cost, limit, note=note)


def told(name: str, cost: Cost, limit: float | None = None) -> Figure:
    """CPU seconds themselves, for what only people's patience can be compared with."""
    return Figure(name, cost.cpu, cost, limit, unit="s")


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """How cost grows with size: the slope of a line through the logarithms; 1 is linear.

    >>> round(exponent([1, 10, 100], [3, 30, 300]), 3)
    1.0
    """
    xs, ys = [math.log(s) for s in sizes], [math.log(c) for c in costs]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum(
        (a - x) ** 2 for a in xs
    )
