"""What a caller may choose: which project and how to read it, how to run it.

Room:  edge. Imports choice.
In:    flags of the command line, or Python.  Out: frozen values.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from retention_pipeline.choice import Choice


@dataclass(frozen=True)
class Options:
    """How to read a project. `today` gives the date in a time zone: the edge's only clock."""

    project_dir: Path = field(default_factory=Path)
    profiles_dir: Path | None = None
    target: str | None = None
    vars: Mapping[str, Any] = field(default_factory=dict)
    threads: int | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    today: Any = None


@dataclass(frozen=True)
class How:
    """How a run behaves and how it is told, whatever it runs."""

    threads: int | None = None
    quiet: bool = False
    fail_fast: bool = False
    warn_error: bool = False
    log_format: str = "text"
    junit: Path | None = None


@dataclass(frozen=True)
class Flags:
    """How to run: what to rebuild, how long to wait for another build, whether to publish."""

    full_refresh: bool = False
    retest: bool = False
    publish: bool = True
    wait: float = 0.0
    clock: Callable[[], datetime] | None = None  # for people only: no model ever sees it
    fail_fast: bool = False  # the first failure ends the run
    warn_error: bool = False  # warnings are failures
    empty: bool = False  # tables without rows
    choice: Choice = field(default_factory=Choice)  # beside --select and --exclude

    @property
    def kept(self) -> dict[str, bool]:
        """What `retry` does as it was done before."""
        return {n: getattr(self, n) for n in ("publish", "full_refresh", "empty", "warn_error")}

    @property
    def moment(self) -> datetime | None:
        return self.clock() if self.clock else None
