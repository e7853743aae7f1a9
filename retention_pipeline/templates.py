"""A sandboxed Jinja environment with dbt's own tags, and the reading of Jinja's errors.

Room:  read. Imports errors. Alone may touch, with `render`: jinja2.
In:    template text and names it may use.  Out: text, or a TemplateError at the user's file and line.
"""

from __future__ import annotations

import copy
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, NoReturn

from jinja2 import (
    FunctionLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    Undefined,
    nodes,
)
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.exceptions import TemplateError as JinjaTemplateError
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import SandboxedEnvironment

from retention_pipeline.errors import (
    SECRET_PREFIX,
    Location,
    PipelineError,
    TemplateError,
    did_you_mean,
)

MACRO_PREFIX = "dbt_macro__"
TEST_PREFIX = "test_"
# What the text of a template can make Jinja or Python raise while it is rendered.
TEMPLATE_FAULTS = (
    JinjaTemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RuntimeError,
    SyntaxError,
    MemoryError,
)
_DOCS = re.compile(r"{%-?\s*docs\s+(\w+)\s*-?%}(.*?){%-?\s*enddocs\s*-?%}", re.DOTALL)


class TestTag(Extension):
    """`{% test name(args) %} ... {% endtest %}` is the macro `test_name`."""

    tags = {"test", "data_test"}  # noqa: RUF012 - the attribute is Jinja's

    def parse(self, parser: Parser) -> nodes.Macro:
        macro = nodes.Macro(lineno=next(parser.stream).lineno)
        name = parser.parse_assign_target(name_only=True).name
        macro.name = TEST_PREFIX + name
        parser.parse_signature(macro)
        macro.body = parser.parse_statements(
            ("name:endtest", "name:enddata_test"), drop_needle=True
        )
        return macro


class MaterializationTag(Extension):
    """`{% materialization name, ... %}`: packages bring them; they are read over, not used."""

    tags = {"materialization"}  # noqa: RUF012 - the attribute is Jinja's

    def parse(self, parser: Parser) -> list[nodes.Node]:
        while parser.stream.current.type != "block_end":
            next(parser.stream)
        parser.parse_statements(("name:endmaterialization",), drop_needle=True)
        return []


class Missing(StrictUndefined):
    """What a mapping or an object has not: templates may ask for it, as in dbt, and not write it."""

    __slots__ = ()
    __hash__ = Undefined.__hash__  # type: ignore[assignment]

    def __bool__(self) -> bool:  # type: ignore[override]
        return False

    def __len__(self) -> int:  # type: ignore[override]
        return 0

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        return iter(())

    def __eq__(self, other: object) -> bool:  # type: ignore[override]
        return isinstance(other, Undefined)

    def __ne__(self, other: object) -> bool:  # type: ignore[override]
        return not self == other


class Space(SimpleNamespace):
    """The macros of a package, as templates see them: `dbt_utils.star`, `dbt_utils._is_relation`."""


class _Sandbox(SandboxedEnvironment):
    """Jinja's, but for macros whose names begin with an underscore: packages have such."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return (isinstance(obj, Space) and attr in vars(obj)) or super().is_safe_attribute(
            obj, attr, value
        )


def environment() -> SandboxedEnvironment:
    """A fresh environment: no files, no process, no private attributes; unknown names are errors."""
    return _Sandbox(
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols", TestTag, MaterializationTag],
        undefined=StrictUndefined,
        loader=FunctionLoader(lambda name: None),
        keep_trailing_newline=True,
        optimized=False,  # folding constants takes longer than one rendering saves
    )


def docs_blocks(text: str) -> dict[str, str]:
    """The `{% docs name %}` blocks of a Markdown file."""
    return {match[1]: match[2].strip() for match in _DOCS.finditer(text)}


def render_value(value: Any, names: Mapping[str, Any], at: Location) -> Any:
    """Render the texts inside a YAML value; `"{{ true }}"` becomes the boolean it reads as."""
    if isinstance(value, dict):
        return {key: render_value(item, names, at) for key, item in value.items()}
    if isinstance(value, list):
        return [render_value(item, names, at) for item in value]
    if not isinstance(value, str) or not ("{{" in value or "{%" in value):
        return value
    try:
        text = environment().from_string(value, globals=dict(names)).render()
    except TEMPLATE_FAULTS as error:
        raise as_our_error(error, at) from None
    return {"True": True, "False": False, "None": None}.get(text, text)


def as_our_error(
    error: Exception,
    at: Location,
    files: Mapping[str, str] | None = None,
    known: Iterable[str] = (),
) -> PipelineError:
    """Turn what Jinja raised into an error at the line of the user's template.

    `files`: Jinja's name of a template -> path shown to the user. The innermost frame inside one
    of them is the place; when that is a macro, the caller's line is named too. `known`: macros.
    """
    if isinstance(error, PipelineError):
        return error
    frames = template_frames(error, files or {})
    place = frames[-1] if frames else at
    if isinstance(error, TemplateSyntaxError):
        place = Location((files or {}).get(error.name or "", at.path), error.lineno)
        return TemplateError(
            f"Jinja: {error.message}", at=place, fix=_syntax_fix(error.message or "")
        )
    called = f" (called from {frames[0]})" if len(frames) > 1 and frames[0] != place else ""
    if isinstance(error, SecurityError):
        return TemplateError(
            f"templates may not do this: {error}{called}",
            at=place,
            fix="templates are text, vars and macros only; they cannot reach the system",
        )
    if isinstance(error, UndefinedError):
        name = re.match(r"'(\w+)' is undefined", str(error))
        near = did_you_mean(name[1], known) if name else None
        fix = near or "define it, or correct the name"
        return TemplateError(f"{error}{called}", at=place, fix=fix)
    if isinstance(error, TemplateNotFound):
        return TemplateError(
            f"templates cannot read other files: '{error.name}'{called}",
            at=place,
            fix="make it a macro: those below macro-paths are known everywhere",
        )
    if isinstance(error, SyntaxError):  # Jinja compiles to Python, which has the last word
        return TemplateError(f"Jinja: {error.msg}{called}", at=place)
    if isinstance(error, MemoryError):
        return TemplateError(f"a value is too large for the memory{called}", at=place)
    if isinstance(error, RecursionError):
        return TemplateError(
            f"macros call each other without end, or brackets are nested too deep{called}",
            at=place,
            fix="let one of them stop at some point",
        )
    text = str(error).replace(MACRO_PREFIX, "")
    return TemplateError(f"{type(error).__name__}: {text}{called}", at=place)


def template_frames(error: Exception, files: Mapping[str, str]) -> list[Location]:
    """The places in the user's templates that an exception passed through, outermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    return [Location(files[f.filename], f.lineno) for f in frames if f.filename in files]


def _syntax_fix(message: str) -> str | None:
    unknown = re.search(r"Encountered unknown tag '(\w+)'", message)
    if not unknown:
        return None
    known = (
        "if elif else endif for endfor set endset macro endmacro do call endcall filter endfilter"
    )
    return did_you_mean(
        unknown[1],
        [
            *known.split(),
            "test",
            "endtest",
            "materialization",
            "endmaterialization",
            "raw",
            "endraw",
        ],
    )


def env_var_reader(
    environ: Mapping[str, str], at: Callable[[], Location], *, secrets: bool = False
) -> Callable[..., str]:
    """dbt's `env_var(name, default)`: missing without a default is an error.

    `secrets`: whether DBT_ENV_SECRET_* may be read; what models read ends up in files and tables.
    """

    def env_var(name: str, default: str | None = None) -> str:
        if name.startswith(SECRET_PREFIX) and not secrets:
            raise TemplateError(
                f"the secret {name} may be read in profiles.yml only",
                at=at(),
                fix=f"give what is no secret a name without {SECRET_PREFIX}",
            )
        value = environ.get(name, default)
        if value is None:
            raise TemplateError(
                f"the environment variable {name} is not set",
                at=at(),
                fix=f"set it, or give a default: env_var('{name}', '...')",
            )
        return value

    return env_var


def var_reader(values: Mapping[str, Any], at: Callable[[], Location]) -> Callable[..., Any]:
    """dbt's `var(name, default)`."""

    def var(name: str, *default: Any) -> Any:
        if name in values:
            return copy.deepcopy(values[name])  # a template may append to what it got
        if default:
            return default[0]
        _unknown_var(name, values, at())

    return var


def _unknown_var(name: str, values: Mapping[str, Any], at: Location) -> NoReturn:
    fix = did_you_mean(name, values) or "declare it under vars: in dbt_project.yml"
    raise TemplateError(f"var('{name}') is not set and has no default", at=at, fix=fix)
