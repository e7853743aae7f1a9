"""What can go wrong, where, and how to mend it.

Room:  words. Imports nothing of ours.
In:    a message, a place in the user's own files, a fix.  Out: exceptions the CLI prints as text.

    PipelineError                     exit code 2 unless said otherwise
      ProjectError      RP1xx         a project, profile or YAML file
      CompileError      RP2xx         templates, references, the graph, compiled SQL
      InputError        RP3xx         raw inputs and seeds
      EngineError       RP4xx         the database itself (locked, not writable, ...)
      CommandError      RP5xx         flags, vars and selectors of the command line
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

SECRET_PREFIX = "DBT_ENV_SECRET"  # noqa: S105 - a name, no password
"""Environment variables of such names are for profiles.yml only and never shown (dbt's rule)."""
SALT_ENV = f"{SECRET_PREFIX}_RETENTION_SALT"
"""The salt of hashed identifiers: docs/privacy.md."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place in one of the user's files; `line` counts from 1, None when the whole file is meant."""

    path: str | Path
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else str(self.path)


class PipelineError(Exception):
    """Something the user can mend: what happened, where, and the fix."""

    code: ClassVar[str] = "RP000"

    def __init__(
        self,
        message: str,
        *,
        at: Location | None = None,
        fix: str | Callable[[], str] | None = None,
    ) -> None:
        """`fix`: a function where finding one takes time that an error nobody sees is not worth."""
        super().__init__(message)
        self.message = message
        self.at = at
        self._fix = fix

    @property
    def fix(self) -> str | None:
        """What the user may do about it."""
        if callable(self._fix):
            self._fix = self._fix()
        return self._fix

    def __str__(self) -> str:
        place = f"{self.at}: " if self.at else ""
        fix = f"\n  fix: {self.fix}" if self.fix else ""
        return f"{place}{self.code} {self.message}{fix}"


class ErrorGroup(PipelineError):  # noqa: N818 - not one error but several
    """Several independent faults, so that one run shows them all."""

    code = "RP001"

    def __init__(self, errors: Iterable[PipelineError]) -> None:
        self.errors = tuple(errors)
        super().__init__(f"{len(self.errors)} errors")

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


class ProjectError(PipelineError):
    """A project, profile or YAML file cannot be used as it is."""

    code = "RP101"


class YamlSyntaxError(ProjectError):
    """The text is not YAML."""

    code = "RP102"


class UnknownKeyError(ProjectError):
    """A key that means nothing here, most often a typing slip."""

    code = "RP103"


class DuplicateNameError(ProjectError):
    """Two nodes of one name."""

    code = "RP104"


class MissingSpecError(ProjectError):
    """A mart without its .yml, or a .yml for a model that does not exist."""

    code = "RP105"


class CompileError(PipelineError):
    """A template, a reference or the compiled SQL is wrong; nothing ran."""

    code = "RP201"


class TemplateError(CompileError):
    """Jinja could not render the template."""

    code = "RP202"


class UnknownReferenceError(CompileError):
    """ref() or source() names nothing in the project."""

    code = "RP203"


class CycleError(CompileError):
    """Models that need each other in a ring."""

    code = "RP204"


class HardCodedTableError(CompileError):
    """SQL that reads a table which is neither a ref() nor a source()."""

    code = "RP205"


class BindError(CompileError):
    """The database's own binder refuses the SQL: unknown column, function or type."""

    code = "RP206"


class ContractError(CompileError):
    """Columns or types of a model differ from its .yml."""

    code = "RP207"


class UnknownTestError(CompileError):
    """A data test of a kind that no macro defines."""

    code = "RP208"


class ClockError(CompileError):
    """A model reads a clock instead of `as_of`."""

    code = "RP209"


class PiiError(CompileError):
    """Personal data would leave staging without a hash."""

    code = "RP210"


class UnportableError(CompileError):
    """SQL that the engine of the target cannot run with the same meaning as DuckDB."""

    code = "RP211"


class InputError(PipelineError):
    """A raw input breaks its contract; the sub-codes live in retention_pipeline.inputs."""

    code = "RP301"


class EngineError(PipelineError):
    """The database file cannot be opened, written or published."""

    code = "RP401"


class BusyError(EngineError):
    """Another process holds the working database."""

    code = "RP402"


class CommandError(PipelineError):
    """The command line asks for something that makes no sense."""

    code = "RP501"


class SelectionError(CommandError):
    """A selector that matches nothing or cannot be read."""

    code = "RP502"


def hide_secrets(text: str, environ: Mapping[str, str]) -> str:
    """`text` with stars for the value of every secret environment variable."""
    for name, value in environ.items():
        if value and name.startswith(SECRET_PREFIX):
            text = text.replace(value, "*****")
    return text


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A fix line naming the nearest known word, or None when nothing is near."""
    names = sorted(set(known))
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    if not close:
        lowered = {word.lower(): word for word in names}
        close = [lowered[word] for word in get_close_matches(name.lower(), list(lowered), n=1)]
    return f"did you mean '{close[0]}'?" if close else None
