"""What a run says while it goes and when it ends.

Room:  words. Imports errors.
In:    facts of one step.  Out: Started, Finished and the results that everything else prints.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from retention_pipeline.errors import Location


class Status(StrEnum):
    """How a step ended."""

    OK = "ok"
    REUSED = "reused"
    WARN = "warn"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step of a run. `failures` counts a test's failing rows, `rows` a table's rows."""

    unique_id: str
    name: str
    kind: str
    status: Status
    message: str = ""
    at: Location | None = None
    fix: str | None = None
    seconds: float = 0.0
    rows: int | None = None
    failures: int | None = None
    detail: str = ""
    relation: str | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """A step begins."""

    unique_id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A step ended."""

    result: StepResult


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth a line: a warning of the compiler, an ignored input column."""

    text: str


@dataclass(frozen=True, slots=True)
class Published:
    """The marts are where BI reads them; `reason` says why not when they are not."""

    path: str
    tables: int
    reason: str = ""
    is_current: bool = False  # it was so already
    written: int = 0  # marts that differ from the last publication
    failed: bool = False  # it should have been published and could not be
    left: str = ""  # a further target that could not follow, and why


Event: TypeAlias = Started | Finished | Notice | Published
Listen: TypeAlias = Callable[[Event], None]


@dataclass(frozen=True)
class Results:
    """A whole run, steps in the order in which they ended."""

    command: str
    steps: tuple[StepResult, ...]
    seconds: float
    published: Published | None = None
    interrupted: bool = False
    trouble: str = ""  # what could not be written down about the run
    vars: dict[str, Any] = field(default_factory=dict)
    began_ns: int = 0
    plan: Any = None
    compiled: Any = None
    notes: Any = None

    @property
    def ok(self) -> bool:
        """No step failed, nobody pressed Ctrl-C, all is written down, what should be published is."""
        if (
            self.interrupted
            or self.trouble
            or (self.published is not None and self.published.failed)
        ):
            return False
        return not any(s.status is Status.FAILED for s in self.steps)

    def count(self, kind: str, status: Status | None = None) -> int:
        return sum(s.kind == kind and status in (None, s.status) for s in self.steps)
