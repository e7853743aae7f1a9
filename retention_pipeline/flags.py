"""Flags that several commands share, and the clock: the only one of the program.

Room:  edge. Imports nothing at run time but typer and errors.
In:    typer's words.  Out: types for command signatures; Options.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional
from zoneinfo import ZoneInfo

import typer

from retention_pipeline.errors import hide_secrets

if TYPE_CHECKING:
    from retention_pipeline.choice import Choice
    from retention_pipeline.options import How, Options

OK, FAILED, INVALID, BUG, INTERRUPTED = 0, 1, 2, 3, 130
"""The exit codes of the program."""


def node_names(incomplete: str) -> list[str]:
    """For the shell: names of the last manifest.json; what stands before a name stays."""
    import json

    before = re.match(r"(?:.*[, ])?(?:@|\d*\+)?", incomplete)
    start = before[0] if before else ""
    try:
        nodes = json.loads(Path("target/manifest.json").read_bytes())["nodes"].values()
        names = sorted({n["name"] for n in nodes if n["resource_type"] in _CHOSEN_BY_NAME})
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [start + name for name in names if name.startswith(incomplete[len(start) :])]


_CHOSEN_BY_NAME = ("model", "seed", "snapshot")
_SELECTING = frozenset(
    {"build", "plan", "run", "test", "seed", "snapshot", "clone", "compile", "ls", "list"}
)
_SEVERAL = {
    **{word: word for word in ("--select", "-s", "--exclude")},
    **{word: word for word in ("--resource-type", "--exclude-resource-type")},
    **dict.fromkeys(("--models", "--model", "-m"), "--select"),  # dbt's older words
}


_ALONE = frozenset({"--quiet", "-q", "--warn-error", "--fail-fast", "-x", "--full-refresh", "-f"})
_OF_THE_PROGRAM = frozenset({"--help", "-h", "--version", "--install-completion"})
_OF_THE_PROGRAM |= {"--show-completion"}


_TALKATIVE = frozenset({"build", "run", "test", "seed", "snapshot", "retry", "run-operation"})


def command_first(argv: list[str]) -> list[str]:
    """`--quiet build` as dbt takes it: `build --quiet`. Commands without that flag are quiet."""
    start = 0
    while start < len(argv) and argv[start].startswith("-"):
        if argv[start] in _OF_THE_PROGRAM:
            return argv
        start += 1 if argv[start] in _ALONE or "=" in argv[start] else 2
    command, flags = argv[start : start + 1], argv[:start]
    if not _TALKATIVE.intersection(command):
        flags = [flag for flag in flags if flag not in ("--quiet", "-q")]
    return [*command, *flags, *argv[start + 1 :]]


def spread(argv: list[str]) -> list[str]:
    """`--select a b` as dbt takes it: `--select a --select b`. No command of these has arguments."""
    if not argv or argv[0] not in _SELECTING:
        return argv
    found, flag, has_value = argv[:1], "", True
    for word in argv[1:]:
        if word.startswith("-"):
            flag, has_value = _SEVERAL.get(word, ""), False
            found.append(flag or word)
            continue
        if flag and has_value:
            found.append(flag)
        found.append(word)
        has_value = True
    return found


Select = Annotated[
    Optional[list[str]],
    typer.Option(
        "--select",
        "-s",
        autocompletion=node_names,
        help="Nodes: name, +name, name+, @name, tag:x, path:models/x, a,b. Repeatable.",
    ),
]
Exclude = Annotated[
    Optional[list[str]],
    typer.Option("--exclude", autocompletion=node_names, help="Nodes to leave out, same grammar."),
]
Selector = Annotated[
    Optional[str], typer.Option("--selector", help="A named selection of selectors.yml.")
]
IndirectSelection = Annotated[
    Optional[str],
    typer.Option(
        "--indirect-selection",
        help="Tests of what is selected: eager, cautious, buildable or empty.",
    ),
]
StateDir = Annotated[
    Optional[Path],
    typer.Option(
        "--state", help="Folder with an earlier run's artifacts, for state:... and --defer."
    ),
]
Defer = Annotated[
    bool,
    typer.Option("--defer", help="Read what is not selected and not built where --state has it."),
]
FavorState = Annotated[
    bool, typer.Option("--favor-state", help="With --defer: also what is built here.")
]
ResourceType = Annotated[
    Optional[list[str]],
    typer.Option("--resource-type", help="Only these kinds: model, seed, test... Repeatable."),
]
ExcludeResourceType = Annotated[
    Optional[list[str]],
    typer.Option("--exclude-resource-type", help="Not these kinds. Repeatable."),
]
Vars = Annotated[Optional[str], typer.Option("--vars", help="YAML: '{as_of: 2026-01-31}'.")]
As = Annotated[
    Optional[str],
    typer.Option(
        "--as",
        help="By the rules of baremetrics, chartmogul, profitwell or stripe, in files apart.",
    ),
]
ProjectDir = Annotated[Path, typer.Option("--project-dir", help="Folder with dbt_project.yml.")]
ProfilesDir = Annotated[
    Optional[Path], typer.Option("--profiles-dir", help="Folder with profiles.yml.")
]
Target = Annotated[Optional[str], typer.Option("--target", "-t", help="A target of profiles.yml.")]
Threads = Annotated[
    Optional[int], typer.Option("--threads", min=1, max=256, help="How many steps at once.")
]
FullRefresh = Annotated[
    bool, typer.Option("--full-refresh", "-f", help="Build and test everything, changed or not.")
]
Retest = Annotated[bool, typer.Option("--retest", help="Run every test, also those kept.")]
Wait = Annotated[
    float, typer.Option("--wait", min=0, help="Seconds to wait for another build to end.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only failures and the verdict.")]


FailFast = Annotated[
    bool, typer.Option("--fail-fast", "-x", help="The first failure ends the run.")
]
WarnError = Annotated[bool, typer.Option("--warn-error", help="Warnings are failures.")]
LogFormat = Annotated[str, typer.Option("--log-format", help="text, or json: one object a line.")]
Junit = Annotated[
    Optional[Path], typer.Option("--junit", help="Write the results as JUnit XML to this file.")
]


def _gathered(
    word: str, flags: Mapping[str, tuple[Any, Any]], make: Callable[[dict[str, Any]], Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command these flags (name -> kind, default): it gets what `make` makes as `word`."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command, eval_str=True)
        parameters = []
        for own in signature.parameters.values():
            if own.name != word:
                parameters.append(own.replace(kind=_NAMED))
                continue
            for name, (kind, default) in flags.items():
                parameters.append(inspect.Parameter(name, _NAMED, default=default, annotation=kind))

        @wraps(command)
        def gathered(**given: Any) -> None:
            words = {name: given.pop(name) for name in flags}
            command(**{word: make(words)}, **given)

        changed = signature.replace(parameters=parameters)
        gathered.__signature__ = changed  # type: ignore[attr-defined]
        gathered.__annotations__ = {p.name: p.annotation for p in parameters}
        return gathered

    return decorate


def _choice(words: dict[str, Any]) -> Choice:
    from retention_pipeline.choice import Choice

    return Choice(
        include=tuple(words["select"] or ()),
        exclude=tuple(words["exclude"] or ()),
        selector=words["selector"],
        indirect=words["indirect_selection"],
        state=words["state"],
        resource_types=tuple(words["resource_type"] or ()),
        exclude_types=tuple(words["exclude_resource_type"] or ()),
        defer=words["defer"],
        favor_state=words["favor_state"],
    )


def _how(words: dict[str, Any]) -> How:
    from retention_pipeline.options import How

    return How(**words)


def _options(words: dict[str, Any]) -> Options:
    from retention_pipeline.options import Options
    from retention_pipeline.parity import with_policy_set
    from retention_pipeline.settings import parse_vars

    return Options(
        project_dir=words["project_dir"],
        profiles_dir=words["profiles_dir"],
        target=words["target"],
        vars=with_policy_set(parse_vars(words["vars_"]), words.get("as_")),
        today=today,
    )


_NAMED = inspect.Parameter.KEYWORD_ONLY
_SELECTION = {
    "select": (Select, None),
    "exclude": (Exclude, None),
    "selector": (Selector, None),
    "indirect_selection": (IndirectSelection, None),
    "state": (StateDir, None),
    "defer": (Defer, False),
    "favor_state": (FavorState, False),
    "resource_type": (ResourceType, None),
    "exclude_resource_type": (ExcludeResourceType, None),
}
_RUNNING = {
    "threads": (Threads, None),
    "quiet": (Quiet, False),
    "fail_fast": (FailFast, False),
    "warn_error": (WarnError, False),
    "log_format": (LogFormat, "text"),
    "junit": (Junit, None),
}
_PROJECT = {
    "vars_": (Vars, None),
    "as_": (As, None),
    "project_dir": (ProjectDir, Path()),
    "profiles_dir": (ProfilesDir, None),
    "target": (Target, None),
}
on_project = _gathered("options", _PROJECT, _options)
"""Gives a command the flags that say which project, and how to read it, as `options`."""
in_project = _gathered("options", {k: v for k, v in _PROJECT.items() if k != "as_"}, _options)
"""The same without --as: for what is the same by anybody's rules."""
selecting = _gathered("choice", _SELECTION, _choice)
"""Gives a command the flags that select nodes, as one `choice`."""
running = _gathered("how", _RUNNING, _how)
"""Gives a command the flags of all commands that run steps, as one `how`."""


def say(text: str, err: bool = False) -> None:
    """Print what may have passed a secret on its way: a path, a message of the database."""
    typer.echo(hide_secrets(text, os.environ), err=err)


def today(zone: ZoneInfo) -> date:
    """The only clock of the program."""
    return datetime.now(zone).date()


def clock() -> datetime:
    """The time for people and metadata; it never goes into a model."""
    return datetime.now(UTC)
