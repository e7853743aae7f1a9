"""Which nodes a command is about.

Room:  plan. Imports choice, compiled; narrowing where there is something to read.
In:    Choice, Compiled.  Out: Choices; SelectionError when words match nothing.
"""

from __future__ import annotations

from retention_pipeline.choice import SELECTORS, Choice, Choices
from retention_pipeline.compiled import Compiled


def choose(compiled: Compiled, choice: Choice) -> Choices:
    """What a choice comes to: all nodes, where nothing is said. Raises SelectionError kinds."""
    if choice.says_nothing and not (compiled.project.root / SELECTORS).is_file():
        everything = frozenset(compiled.cards)
        return Choices(everything, everything)
    from retention_pipeline.narrowing import narrow

    return narrow(compiled, choice)
