"""The words of a command line that say which nodes are meant, and what they come to.

Room:  words. Imports nothing.
In:    flags, or Python.  Out: Choice and Choices, frozen values.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SELECTORS = "selectors.yml"
"""The file of named selections, beside dbt_project.yml."""


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
    defer: bool = False  # read what is not chosen and not there where `state` has it
    favor_state: bool = False  # also what is there

    @property
    def says_nothing(self) -> bool:
        """True when all nodes are meant."""
        return self == Choice(state=self.state, defer=self.defer, favor_state=self.favor_state)


@dataclass(frozen=True, slots=True)
class Choices:
    """What it comes to. `named`: not only chosen for what it tests. `left_out`: what --exclude names.

    `may_be_empty`: the words compare with an earlier state, so nothing at all is an answer.
    """

    ids: frozenset[str]
    named: frozenset[str]
    left_out: frozenset[str] = frozenset()
    is_whole: bool = True
    text: str = ""
    may_be_empty: bool = False
