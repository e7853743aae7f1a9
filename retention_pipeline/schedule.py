"""Which step may start next: each step counts the forerunners it still waits for.

Room:  plan. Imports plan.
In:    the steps of a Plan.  Out: steps, each after everything it stands behind; the plan's order
decides between those that could start. Costs the same for the last step as for the first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from retention_pipeline.plan import Step


class Schedule:
    """The steps that have not been handed out yet. Not for several threads."""

    def __init__(
        self, steps: Sequence[Step], group: Callable[[Step], str | None] = lambda _: None
    ) -> None:
        """`group`: what steps have in common that may be handed out together; None: nothing."""
        self._steps, self._group = steps, group
        self._place = {step.unique_id: place for place, step in enumerate(steps)}
        self._behind: defaultdict[str, list[str]] = defaultdict(list)
        self._waits = Counter({step.unique_id: len(step.after) for step in steps})
        for step in steps:
            for uid in step.after:
                self._behind[uid].append(step.unique_id)
        self._ready: list[int] = []
        self._alike: defaultdict[str | None, set[int]] = defaultdict(set)
        self._given: set[int] = set()
        for place, step in enumerate(steps):
            if not step.after:
                self._may_start(place)

    def __bool__(self) -> bool:
        """True while steps are left to hand out."""
        return len(self._given) < len(self._steps)

    def next(self, most: int = 1) -> list[Step]:
        """Hand out a step that may start, with others of its group that may too, `most` in all.

        Nothing while all that are left wait for others.
        """
        while self._ready and self._ready[0] in self._given:
            heappop(self._ready)
        if not self._ready:
            return []
        place = heappop(self._ready)
        alike = self._alike[self._group(self._steps[place])]
        places = [place, *(other for other in alike if other != place)][:most]
        alike.difference_update(places)
        self._given.update(places)
        return [self._steps[place] for place in places]

    def _may_start(self, place: int) -> None:
        heappush(self._ready, place)
        group = self._group(self._steps[place])
        if group is not None:
            self._alike[group].add(place)

    def done(self, unique_id: str) -> None:
        """A step has ended, well or not."""
        for uid in self._behind[unique_id]:
            self._waits[uid] -= 1
            if not self._waits[uid]:
                self._may_start(self._place[uid])

    def left(self) -> list[Step]:
        """What was never handed out."""
        return [step for place, step in enumerate(self._steps) if place not in self._given]
