"""Templates + vars + target -> SQL, with the references that the template made.

Room:  compile. Imports context, errors, line_map, macros, nodes, profile, project, templates.
In:    a Project.  Out: Renderer; render() gives Rendered values. No engine, no clock: the same text
and vars always give the same SQL. Only a template that asks the database is `introspective`: it is
rendered twice, first for its references, then, when its turn comes, with a Database at hand.
May touch: jinja2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import RLock
from types import SimpleNamespace
from typing import Any, NoReturn

from jinja2 import Template, Undefined

from retention_pipeline.context import clock
from retention_pipeline.context.asking import AskedGraph, AsksDatabase, Database
from retention_pipeline.context.names import make_names
from retention_pipeline.context.relations import TemplateRelation
from retention_pipeline.context.tables import NOTHING
from retention_pipeline.errors import (
    Location,
    PipelineError,
    TemplateError,
    UnknownReferenceError,
    did_you_mean,
)
from retention_pipeline.line_map import read_marks
from retention_pipeline.macros import Macros, Return
from retention_pipeline.nodes import Relation
from retention_pipeline.plain import CALLS, fill_in
from retention_pipeline.profile import Target
from retention_pipeline.project import MacroFile
from retention_pipeline.template_code import code_of
from retention_pipeline.templates import (
    TEMPLATE_FAULTS,
    Missing,
    as_our_error,
    environment,
    template_frames,
)

Resolve = Callable[[str], "Relation | str | None"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """SQL of one node. `lines[i]` is the template line behind line i+1 of `sql`."""

    sql: str
    refs: tuple[str, ...]
    sources: tuple[str, ...]
    config: Mapping[str, Any]
    lines: tuple[int, ...]
    macros: tuple[str, ...]
    vars_read: tuple[str, ...]
    introspective: bool = False


@dataclass
class _Now:
    """What the context functions of the template being rendered look at."""

    at: Location
    this: Relation | None
    resolve_ref: Resolve
    resolve_source: Resolve
    names: tuple[Mapping[str, object], Mapping[str, object]]
    values: Mapping[str, Any]
    given: Mapping[str, Any]
    environ: Mapping[str, str]
    macro_overrides: Mapping[str, Any]
    base_config: Mapping[str, Any]
    package: str
    node: Mapping[str, Any]
    database: Database | None
    is_parsed: bool = False  # read for its references: nothing answers
    answers: dict[str, Any] = field(default_factory=dict)
    refs: dict[str, None] = field(default_factory=dict)
    sources: dict[str, None] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    macros: dict[str, None] = field(default_factory=dict)
    vars_read: dict[str, None] = field(default_factory=dict)


class Renderer:
    """Renders every template of one project. Macros are compiled at their first use."""

    def __init__(
        self,
        macros: tuple[MacroFile, ...],
        target: Target,
        values: Mapping[str, Any],
        environ: Mapping[str, str],
        package: str,
        given: Mapping[str, Any] | None = None,
        packages: Mapping[str, Mapping[str, Any]] | None = None,
        dispatch: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.target, self.values, self.environ, self.package = target, values, environ, package
        self.given = given or {}  # the part of `values` that came with the command
        self.warnings: dict[str, None] = {}
        self._env = environment()
        self._templates: dict[tuple[str, str], Template] = {}
        self._vars = packages or {}  # package -> its vars
        self._stack: list[_Now] = []
        self._one_at_a_time = (
            RLock()
        )  # unit tests render in several threads, and all share the stack
        self._env.undefined = self._undefined(self._env.undefined, Missing)
        names = self._context()
        self._macros = Macros(
            self._env,
            names,
            lambda: self.now,
            package,
            target.type,
            dispatch or {},
            self._undefined(Undefined, Undefined),
        )
        self._macros.share(names)
        self._macros.add(macros)

    def _undefined(self, name: type[Undefined], part: type[Undefined]) -> type[Undefined]:
        """What an unknown name is, or an unknown part of something; nothing at all while a template
        is read for its references."""

        def undefined(*args: Any, **named: Any) -> Any:
            is_parsed = bool(self._stack) and self.now.is_parsed
            kind = part if "obj" in named else name
            return NOTHING if is_parsed else kind(*args, **named)

        return undefined  # type: ignore[return-value]

    @property
    def now(self) -> _Now:
        return self._stack[-1]

    # -- macros -----------------------------------------------------------------------------
    @property
    def macro_files(self) -> Mapping[str, str]:
        """macro -> its file; those of a package as `package.macro`."""
        return self._macros.files

    # -- templates --------------------------------------------------------------------------
    def render(
        self,
        text: str,
        at: Location,
        *,
        this: Relation | None,
        resolve_ref: Resolve,
        resolve_source: Resolve,
        names: tuple[Mapping[str, object], Mapping[str, object]] = ({}, {}),
        base_config: Mapping[str, Any] | None = None,
        override_vars: Mapping[str, Any] | None = None,
        override_macros: Mapping[str, Any] | None = None,
        override_env: Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
        package: str = "",
        node: Mapping[str, Any] | None = None,
        database: Database | None = None,
    ) -> Rendered:
        """Render one template.

        `resolve_ref` / `resolve_source` give the relation for a name, or None when there is none;
        `names` are the known names for "did you mean"; `node` is what it calls `model`. Raises
        CompileError kinds at the user's line.
        """
        package = package or self.package
        own = self._vars.get(package, self.values)
        now = _Now(
            at=at,
            this=this,
            resolve_ref=resolve_ref,
            resolve_source=resolve_source,
            names=names,
            values={**own, **(override_vars or {})},
            given={**self.given, **(override_vars or {})},
            environ={**self.environ, **{k: str(v) for k, v in (override_env or {}).items()}},
            macro_overrides=override_macros or {},
            base_config=base_config or {},
            package=package,
            node=node or {},
            database=database,
        )
        name = f"marked:{len(text)}:{hash(text)}"
        files = {**self._macros.texts, name: str(at.path)}
        more = {"this": self.seen(this), **(extra or {})}
        try:
            with self._one_at_a_time:
                try:
                    sql, lines = self._run(text, name, now, more)
                except AsksDatabase:
                    now = replace(now, is_parsed=True, refs={}, sources={}, config={})
                    sql, lines = self._run(text, name, now, more)
            _refuse_clock(sql, lines, at)
        except PipelineError as error:
            raise self._placed(error, at, files) from None
        except Return:
            text = "return() stands outside a macro"
            raise TemplateError(text, at=at, fix="write {{ ... }} without it") from None
        except TEMPLATE_FAULTS as error:
            raise as_our_error(error, at, files, self.macro_files) from None
        return Rendered(
            sql=sql,
            refs=tuple(now.refs),
            sources=tuple(now.sources),
            config=now.config,
            lines=lines,
            macros=tuple(now.macros),
            vars_read=tuple(now.vars_read),
            introspective=now.is_parsed,
        )

    def _run(
        self, text: str, name: str, now: _Now, names: Mapping[str, Any]
    ) -> tuple[str, tuple[int, ...]]:
        self._stack.append(now)
        try:
            plain = fill_in(text, self._call) if self.macro_files.keys().isdisjoint(CALLS) else None
            if plain is not None:
                return plain, tuple(range(1, plain.count("\n") + 2))
            return read_marks(self._template(text, name, now.package).render(names))
        finally:
            self._stack.pop()

    def _call(self, name: str, words: list[str], line: int) -> str:
        """ref or source, as a template would call it."""
        try:
            return str(self._found(*words) if name == "ref" else self._declared(*words))
        except PipelineError as error:
            error.at = Location(self.now.at.path, line)
            raise

    def _template(self, text: str, name: str, package: str) -> Template:
        """Compile once what is rendered often: a model for each unit test, one test for each column."""
        if (package, text) not in self._templates:
            seen = self._macros.globals_of(package)
            code = code_of(text, name)
            self._templates[package, text] = Template.from_code(self._env, code, seen)
        return self._templates[package, text]

    @staticmethod
    def _placed(error: PipelineError, at: Location, files: Mapping[str, str]) -> PipelineError:
        """Our own errors raised inside a template get the line of the call in that template."""
        if error.at is None or error.at == at:
            own = [f for f in template_frames(error, files) if str(f.path) == str(at.path)]
            error.at = own[-1] if own else at
        return error

    # -- what templates may call --------------------------------------------------------------
    def _context(self) -> dict[str, Any]:
        names = make_names(
            lambda: self.now, self.warnings, self._dispatch, self.target, self.package
        )
        target = replace(self.target, settings={}, variables={})  # they may hold secrets
        mine = {"ref": self._ref, "source": self._source, "target": target, "return": self._return}
        builtins = SimpleNamespace(ref=self._ref, source=self._source, config=names["config"])
        return {**names, **mine, "builtins": builtins, "context": builtins}

    def graph(self, view: Any, *, is_whole: bool) -> None:
        """What templates call `graph`."""
        self._env.globals["graph"] = AskedGraph(lambda: self.now, view, is_whole)

    def _dispatch(self, name: str, namespace: str | None) -> Any:
        return self._macros.dispatch(name, namespace)

    @staticmethod
    def _return(value: Any = None) -> NoReturn:
        raise Return(value)

    def seen(self, found: Relation | str | None) -> Any:
        """A relation as templates handle it."""
        if found is None:
            return None
        if isinstance(found, Relation):
            return TemplateRelation.of(found, self.target.database)
        return TemplateRelation(None, None, found.strip('"'), "cte", found)

    def _ref(self, *parts: str, v: Any = None, version: Any = None, **_: Any) -> Any:
        wanted = version if v is None else v
        name = str(parts[-1]) if parts else ""
        return self.seen(self._found(name if wanted is None else f"{name}.v{wanted}"))

    def _source(self, *parts: str) -> Any:
        return self.seen(self._declared(*parts))

    def _found(self, *parts: str) -> Relation | str:
        now, name = self.now, str(parts[-1]) if parts else ""
        found = now.resolve_ref(name)
        if found is None:
            known = now.names[0]
            raise UnknownReferenceError(  # nobody sees it where the model turns out to be disabled
                f"ref('{name}') matches no model or seed",
                at=now.at,
                fix=lambda: (
                    did_you_mean(name, known) or f"create models/**/{name}.sql or seeds/{name}.csv"
                ),
            )
        now.refs[name] = None
        return found

    def _declared(self, *parts: str) -> Relation | str:
        now, name = self.now, ".".join(str(part) for part in parts)
        found = now.resolve_source(name)
        if found is None:
            words = "', '".join(name.split("."))
            fix = (
                did_you_mean(name, now.names[1]) or "declare it under sources: in a .yml of models/"
            )
            raise UnknownReferenceError(f"source('{words}') is not declared", at=now.at, fix=fix)
        now.sources[name] = None
        return found


def _refuse_clock(sql: str, lines: tuple[int, ...], at: Location) -> None:
    """What a clock said may be logged, not built. Raises ClockError at the template's line."""
    place = clock.where(sql)
    if place is not None:
        clock.no_clock(at=Location(at.path, lines[sql.count("\n", 0, place)]))
