"""What a Python model refers to and how it is configured, read from its text: nothing is run.

Room:  compile. Imports errors. Standard library's ast.
In:    Python text.  Out: Calls; CompileError at the line of what cannot be known without running it.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retention_pipeline.errors import CompileError, Location, UnknownReferenceError, did_you_mean


@dataclass(slots=True)
class Calls:
    """Arguments of dbt.ref(), dbt.source() and dbt.config(), in the order of the text."""

    refs: list[tuple[str, Location]] = field(default_factory=list)
    sources: list[tuple[str, Location]] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)

    def needs(
        self, ids: Mapping[str, str], sources: Mapping[str, str], ephemeral: Set[str]
    ) -> frozenset[str]:
        """The unique ids behind the names. Raises UnknownReferenceError for names of nothing."""
        found = set()
        for known, kind, asked in ((ids, "ref", self.refs), (sources, "source", self.sources)):
            for name, at in asked:
                if name not in known:
                    raise UnknownReferenceError(
                        f"{kind}('{name}') matches nothing of the project",
                        at=at,
                        fix=did_you_mean(name, known),
                    )
                if known[name] in ephemeral:
                    raise UnknownReferenceError(
                        f"a Python model cannot read the ephemeral model '{name}'",
                        at=at,
                        fix="make that a view",
                    )
                found.add(known[name])
        return frozenset(found)


def read_calls(text: str, path: Path) -> Calls:
    """Find the calls. Raises CompileError for text that is no Python model."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        said = getattr(error, "msg", str(error))
        raise CompileError(f"Python: {said}", at=Location(path, line)) from None
    if not any(
        isinstance(node, ast.FunctionDef) and node.name == "model" and len(node.args.args) == 2
        for node in tree.body
    ):
        raise CompileError(
            "a Python model defines one function `model`",
            at=Location(path),
            fix="def model(dbt, session): ...",
        )
    found = Calls()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "dbt":
                _read(node, node.func.attr, found, Location(path, node.lineno))
    return found


def _read(call: ast.Call, name: str, found: Calls, at: Location) -> None:
    if name not in ("ref", "source", "config"):
        return
    try:
        args = [ast.literal_eval(arg) for arg in call.args]
        named = {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
    except ValueError:
        raise CompileError(
            f"dbt.{name}() takes literal values: what is computed cannot be known without running it",
            at=at,
            fix="write the values out, or choose among results in Python",
        ) from None
    if name == "config":
        found.config |= named
    elif name == "ref" and args:
        found.refs.append((str(args[-1]), at))
    elif name == "source":
        found.sources.append((".".join(str(arg) for arg in args), at))
