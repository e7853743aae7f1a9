"""Failures -> annotations, which GitHub shows at the line of the file.

Room:  tell. Imports errors, events.
In:    Results, or the error before any.  Out: workflow commands, one a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from retention_pipeline.errors import ErrorGroup, Location, PipelineError
from retention_pipeline.events import Results, Status

_WORDS = {Status.FAILED: "error", Status.WARN: "warning"}


def is_wanted(environ: Mapping[str, str]) -> bool:
    """True inside a workflow of GitHub."""
    return environ.get("GITHUB_ACTIONS") == "true"


def of_results(results: Results, environ: Mapping[str, str]) -> list[str]:
    """A line for each step that failed or warns."""
    return [
        _command(
            _WORDS[step.status],
            f"{step.kind} {step.name}",
            "\n".join(filter(None, [step.message, step.detail, step.fix])),
            step.at,
            environ,
        )
        for step in results.steps
        if step.status in _WORDS
    ]


def of_error(error: PipelineError, environ: Mapping[str, str]) -> list[str]:
    """A line for each fault of a project that cannot run."""
    faults = error.errors if isinstance(error, ErrorGroup) else [error]
    return [
        _command(
            "error",
            fault.code,
            "\n".join(filter(None, [fault.message, fault.fix])),
            fault.at,
            environ,
        )
        for fault in faults
    ]


def _command(
    word: str, title: str, text: str, at: Location | None, environ: Mapping[str, str]
) -> str:
    words = [f"title={_property(title)}"]
    if at is not None:
        words.insert(0, f"file={_property(_below(str(at.path), environ))}")
        if at.line is not None:
            words.insert(1, f"line={at.line}")
    return f"::{word} {','.join(words)}::{_escaped(text)}"


def _below(path: str, environ: Mapping[str, str]) -> str:
    """The path from the checkout's root: annotations know no other."""
    root = environ.get("GITHUB_WORKSPACE")
    full = Path.cwd() / path
    return str(full.relative_to(root)) if root and full.is_relative_to(root) else path


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
