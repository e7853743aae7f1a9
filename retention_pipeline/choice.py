"""The words of a command line that say which nodes are meant.

Room:  words. Imports nothing.
In:    flags, or Python.  Out: Choice, a frozen value.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Choice:
    """The words of the command line. `state` is the folder of an earlier run's artifacts."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    selector: str | None = None
    indirect: str | None = None
    state: Path | None = None
    resource_types: tuple[str, ...] = ()
    exclude_types: tuple[str, ...] = ()
