"""Random numbers that belong to one story and one key, and to nothing else.

A stream is named "seed:story:key" (2024:basket:o012304), so a new story, or a new table for the
same customers, draws from streams of its own and changes no row that exists.
Only random() is drawn and only + - * / on it are done, weights being whole numbers: the results are
the same on every Python and platform, which those of choice(), sum() of floats and log() are not.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

SEED = 2024

T = TypeVar("T")


class Stream:
    """Draws for one story about one key (a customer, an order)."""

    def __init__(self, story: str, key: str) -> None:
        self._random = random.Random(f"{SEED}:{story}:{key}")

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self._random.random() < probability

    def between(self, low: int, high: int) -> int:
        """Return a whole number, low and high included, all equally likely."""
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        """Return one of the items, all equally likely."""
        return items[self.between(0, len(items) - 1)]

    def weighted(self, items: Sequence[tuple[T, int]]) -> T:
        """Return one of (item, weight), as likely as its weight."""
        left = self._random.random() * sum(weight for _, weight in items)
        for item, weight in items:
            left -= weight
            if left < 0:
                return item
        return items[-1][0]

    def quantile(self, table: Sequence[int]) -> int:
        """Return a draw from the distribution whose equally spaced quantiles are the table."""
        position = self._random.random() * (len(table) - 1)
        below = int(position)
        return int(table[below] + (position - below) * (table[below + 1] - table[below]))

    def moment(self, day: datetime, hours: Sequence[tuple[int, int]]) -> datetime:
        """Return a moment on the day of `day`, its hour as likely as in `hours`."""
        midnight = day.replace(hour=0, minute=0, second=0)
        hour = self.weighted(hours)
        return midnight + timedelta(
            hours=hour, minutes=self.between(0, 59), seconds=self.between(0, 59)
        )
