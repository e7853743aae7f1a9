"""Which step may start next: each step counts the forerunners it still waits for.

Room:  plan. Imports plan.
In:    the steps of a Plan.  Out: steps, each after everything it stands behind; the plan's order
decides between those that could start. Costs the same for the last step as for the first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from heapq import heappop, heappush

from retention_pipeline.plan import Step


class Schedule:
    """The steps that have not been handed out yet. Not for several threads."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        self._place = {step.unique_id: place for place, step in enumerate(steps)}
        self._behind: defaultdict[str, list[str]] = defaultdict(list)
        self._waits = Counter({step.unique_id: len(step.after) for step in steps})
        for step in steps:
            for uid in step.after:
                self._behind[uid].append(step.unique_id)
        self._ready = [place for place, step in enumerate(steps) if not step.after]
        self._given: set[int] = set()

    def __bool__(self) -> bool:
        """True while steps are left to hand out."""
        return len(self._given) < len(self._steps)

    def next(self) -> Step | None:
        """Hand out a step that may start; None while all that are left wait for others."""
        if not self._ready:
            return None
        place = heappop(self._ready)
        self._given.add(place)
        return self._steps[place]

    def done(self, unique_id: str) -> None:
        """A step has ended, well or not."""
        for uid in self._behind[unique_id]:
            self._waits[uid] -= 1
            if not self._waits[uid]:
                heappush(self._ready, self._place[uid])

    def left(self) -> list[Step]:
        """What was never handed out."""
        return [step for place, step in enumerate(self._steps) if place not in self._given]
