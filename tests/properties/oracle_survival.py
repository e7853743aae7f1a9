"""Lives of subscribers -> the shifted-beta-geometric model, by the textbook and by Nelder-Mead.

P(T = 1) = alpha / (alpha + beta), P(T = t) = P(T = t - 1) * (beta + t - 2) / (alpha + beta + t - 1);
who is still there after t months has 1 - P(1) - ... - P(t).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from math import exp, log

from tests.properties.oracle_mrr import Book
from tests.properties.oracle_mrr_rates import logos

Point = tuple[float, float]
Life = tuple[int, bool]  # months, and whether it ended with a churn
SHORTEST = 1e-9


def lives(book: Book) -> list[Life]:
    """Every customer from the first month end with a subscription to the first without one."""
    months = {month: line for month, line in logos(book).items() if line.is_complete}
    found: list[Life] = []
    open_since: dict[str, date] = {}
    gone: set[str] = set()
    for month, line in sorted(months.items()):
        for customer in line.subscribers:
            if customer not in gone:
                open_since.setdefault(customer, month)
        for customer in line.lost:
            if customer in open_since:
                found.append((months_between(open_since.pop(customer), month), True))
                gone.add(customer)
    last = max(months, default=None)
    if last is not None:
        found += [(months_between(start, last), False) for start in open_since.values()]
    return found


def months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def log_likelihood(found: Sequence[Life], alpha: float, beta: float) -> float:
    """Added up life by life."""
    longest = max(months for months, _ in found)
    left = [0.0, alpha / (alpha + beta)]
    for t in range(2, longest + 1):
        left.append(left[-1] * (beta + t - 2) / (alpha + beta + t - 1))
    kept = [1.0]
    for t in range(1, longest + 1):
        kept.append(kept[-1] * (beta + t - 1) / (alpha + beta + t - 1))
    return sum(log(left[months] if has_churned else kept[months]) for months, has_churned in found)


def fit(found: Sequence[Life]) -> tuple[float, float, float]:
    """Alpha, beta and the log-likelihood at the maximum."""

    def cost(point: Point) -> float:
        if max(map(abs, point)) > 30:
            return 1e300
        return -log_likelihood(found, exp(point[0]), exp(point[1]))

    best = nelder_mead(cost, nelder_mead(cost, (0.0, 1.0)))
    return exp(best[0]), exp(best[1]), -cost(best)


def nelder_mead(cost: Callable[[Point], float], start: Point) -> Point:
    """The lowest point, by a triangle that rolls downhill."""
    corners = [start, (start[0] + 0.5, start[1]), (start[0], start[1] + 0.5)]
    for _ in range(2_000):
        corners.sort(key=cost)
        best, middle, worst = corners
        if (
            max(abs(a - b) for point in corners for a, b in zip(point, best, strict=True))
            < SHORTEST
        ):
            break
        centre = ((best[0] + middle[0]) / 2, (best[1] + middle[1]) / 2)

        def at(by: float, centre: Point = centre, worst: Point = worst) -> Point:
            return (
                centre[0] + by * (worst[0] - centre[0]),
                centre[1] + by * (worst[1] - centre[1]),
            )

        turned = at(-1)
        if cost(turned) < cost(best):
            corners[2] = min(turned, at(-2), key=cost)
        elif cost(turned) < cost(middle):
            corners[2] = turned
        else:
            nearer = min(at(0.5), at(-0.5), key=cost)
            if cost(nearer) < cost(worst):
                corners[2] = nearer
            else:
                corners[1:] = [
                    ((point[0] + best[0]) / 2, (point[1] + best[1]) / 2) for point in corners[1:]
                ]
    return min(corners, key=cost)
