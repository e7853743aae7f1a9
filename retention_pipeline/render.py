"""Templates + vars + target -> SQL, with the references that the template made.

Room:  compile. Imports errors, line_map, nodes, profile, project, templates. May touch: jinja2.
In:    a Project.  Out: Renderer; render() gives Rendered values. No engine, no query, no clock:
the same text and vars always give the same SQL.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any, NoReturn

from jinja2 import Template
from jinja2 import nodes as jinja_nodes
from jinja2.exceptions import TemplateError as JinjaTemplateError

from retention_pipeline.configs import merge_config
from retention_pipeline.errors import (
    CompileError,
    Location,
    PipelineError,
    TemplateError,
    UnknownReferenceError,
    did_you_mean,
)
from retention_pipeline.line_map import LineMarks, read_marks
from retention_pipeline.materialize.hooks import hook_config
from retention_pipeline.nodes import Relation
from retention_pipeline.plain import CALLS, fill_in
from retention_pipeline.profile import Target
from retention_pipeline.project import MacroFile
from retention_pipeline.templates import (
    MACRO_PREFIX,
    TEMPLATE_FAULTS,
    as_our_error,
    env_var_reader,
    environment,
    template_frames,
    var_reader,
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
    refs: dict[str, None] = field(default_factory=dict)
    sources: dict[str, None] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    macros: dict[str, None] = field(default_factory=dict)
    vars_read: dict[str, None] = field(default_factory=dict)


class _Return(Exception):  # noqa: N818 - control flow of `{{ return(x) }}`, never an error
    def __init__(self, value: Any) -> None:
        self.value = value


class _Config:
    """`config(...)` sets, `config.get(...)` reads."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def __call__(self, *args: Any, **values: Any) -> str:
        now = self._renderer.now
        for part in (*args, values):
            for key, value in dict(part).items():
                merge_config(now.config, key, value)
        return ""

    def get(self, key: str, default: Any = None, **_: Any) -> Any:
        now = self._renderer.now
        return now.config.get(key, now.base_config.get(key, default))

    def require(self, key: str, **_: Any) -> Any:
        value = self.get(key)
        if value is None:
            raise TemplateError(f"config '{key}' is required", at=self._renderer.now.at)
        return value


class _Exceptions:
    """dbt's `exceptions` namespace."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def raise_compiler_error(self, message: str, *_: Any) -> NoReturn:
        raise CompileError(str(message), at=self._renderer.now.at)

    def warn(self, message: str) -> str:
        self._renderer.warnings[f"{self._renderer.now.at}: {message}"] = None
        return ""


class _Adapter:
    """dbt's `adapter`: only what needs no database."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def dispatch(self, macro_name: str, macro_namespace: str | None = None, **_: Any) -> Any:
        kind = self._renderer.target.type
        for name in (f"{kind}__{macro_name}", f"default__{macro_name}"):
            if name in self._renderer.macro_files:
                return self._renderer.macro(name)
        raise CompileError(
            f"no macro '{kind}__{macro_name}' or 'default__{macro_name}'", at=self._renderer.now.at
        )

    def quote(self, name: str) -> str:
        return '"' + str(name).replace('"', '""') + '"'


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
    ) -> None:
        self.target, self.values, self.environ, self.package = target, values, environ, package
        self.given = given or {}  # the part of `values` that came with the command
        self.warnings: dict[str, None] = {}
        self._env = environment()
        self._env.add_extension(LineMarks)
        self._files: dict[str, str] = {}
        self._trees: dict[str, Any] = {}
        self._modules: dict[str, Any] = {}
        self._templates: dict[str, Template] = {}
        self.macro_files: dict[str, str] = {}
        self._stack: list[_Now] = []
        self._one_at_a_time = (
            RLock()
        )  # unit tests render in several threads, and all share the stack
        self._env.globals.update(self._context())
        for file in macros:
            self._register(file)

    @property
    def now(self) -> _Now:
        return self._stack[-1]

    # -- macros -----------------------------------------------------------------------------
    def _register(self, file: MacroFile) -> None:
        """Note which macros a file defines; calls go through a proxy, so order does not matter."""
        name = str(file.path)
        self._files[name] = name
        try:
            tree = self._env.parse(file.text, name, name)
        except JinjaTemplateError as error:
            raise as_our_error(error, Location(file.path), self._files) from None
        for node in tree.body:
            if isinstance(node, jinja_nodes.Macro):
                if node.name in self.macro_files:
                    other = self.macro_files[node.name]
                    if not other.startswith("<"):  # ours may be replaced, the user's may not
                        raise CompileError(
                            f"two macros are named '{node.name}'",
                            at=Location(file.path, node.lineno),
                            fix=f"the other is in {other}",
                        )
                self.macro_files[node.name] = name
                self._env.globals[node.name] = self.macro(node.name)
                node.name = MACRO_PREFIX + node.name
        self._trees[name] = tree

    def macro(self, name: str) -> Callable[..., Any]:
        """A callable that finds the macro when it is called and honours `return()`."""

        def call(*args: Any, **kwargs: Any) -> Any:
            now = self.now
            now.macros[name] = None
            if name in now.macro_overrides:
                return now.macro_overrides[name]
            file = self.macro_files[name]
            if file not in self._modules:
                code = self._env.compile(self._trees[file], file, file)
                template = self._env.template_class.from_code(self._env, code, self._env.globals)
                self._modules[file] = template.module
            try:
                return getattr(self._modules[file], MACRO_PREFIX + name)(*args, **kwargs)
            except _Return as done:
                return done.value

        call.__name__ = name
        return call

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
    ) -> Rendered:
        """Render one template.

        `resolve_ref` / `resolve_source` give the relation for a name, or None when there is none;
        `names` are the known names for "did you mean". Raises CompileError kinds at the user's line.
        """
        now = _Now(
            at=at,
            this=this,
            resolve_ref=resolve_ref,
            resolve_source=resolve_source,
            names=names,
            values={**self.values, **(override_vars or {})},
            given={**self.given, **(override_vars or {})},
            environ={**self.environ, **{k: str(v) for k, v in (override_env or {}).items()}},
            macro_overrides=override_macros or {},
            base_config=base_config or {},
        )
        name = f"marked:{len(text)}:{hash(text)}"
        files = {**self._files, name: str(at.path)}
        try:
            with self._one_at_a_time:
                sql, lines = self._run(text, name, now, {"this": this, **(extra or {})})
        except PipelineError as error:
            raise self._placed(error, at, files) from None
        except _Return:
            text = "return() stands outside a macro"
            raise TemplateError(text, at=at, fix="write {{ ... }} without it") from None
        except TEMPLATE_FAULTS as error:
            raise as_our_error(error, at, files) from None
        return Rendered(
            sql=sql,
            refs=tuple(now.refs),
            sources=tuple(now.sources),
            config=now.config,
            lines=lines,
            macros=tuple(now.macros),
            vars_read=tuple(now.vars_read),
        )

    def _run(
        self, text: str, name: str, now: _Now, names: Mapping[str, Any]
    ) -> tuple[str, tuple[int, ...]]:
        self._stack.append(now)
        try:
            plain = fill_in(text, self._call) if self.macro_files.keys().isdisjoint(CALLS) else None
            if plain is not None:
                return plain, tuple(range(1, plain.count("\n") + 2))
            return read_marks(self._template(text, name).render(names))
        finally:
            self._stack.pop()

    def _call(self, name: str, words: list[str], line: int) -> str:
        """ref or source, as a template would call it."""
        try:
            return str(self._ref(*words) if name == "ref" else self._source(*words))
        except PipelineError as error:
            error.at = Location(self.now.at.path, line)
            raise

    def _template(self, text: str, name: str) -> Template:
        """Compile once what is rendered often: a model for each unit test, one test for each column."""
        if text not in self._templates:
            code = self._env.compile(self._env.parse(text, name, name), name, name)
            self._templates[text] = Template.from_code(self._env, code, self._env.globals)
        return self._templates[text]

    @staticmethod
    def _placed(error: PipelineError, at: Location, files: Mapping[str, str]) -> PipelineError:
        """Our own errors raised inside a template get the line of the call in that template."""
        if error.at is None or error.at == at:
            own = [f for f in template_frames(error, files) if str(f.path) == str(at.path)]
            error.at = own[-1] if own else at
        return error

    # -- what templates may call --------------------------------------------------------------
    def _context(self) -> dict[str, Any]:
        return {
            "ref": self._ref,
            "source": self._source,
            "config": _Config(self),
            "var": _Var(self),
            "invocation_args_dict": _InvocationArgs(self),
            "env_var": lambda *a: env_var_reader(self.now.environ, lambda: self.now.at)(*a),
            "target": replace(self.target, settings={}, variables={}),  # they may hold secrets
            "is_incremental": lambda: bool(self.now.macro_overrides.get("is_incremental", False)),
            "before_begin": lambda sql: hook_config(sql, False),
            "after_commit": lambda sql: hook_config(sql, False),
            "in_transaction": lambda sql: hook_config(sql, True),
            "exceptions": _Exceptions(self),
            "adapter": _Adapter(self),
            "execute": True,
            "project_name": self.package,
            "return": self._return,
            "log": lambda *a, **k: "",
            "print": lambda *a, **k: "",
            "tojson": lambda value, default=None: json.dumps(value, default=str, sort_keys=True),
            "fromjson": lambda text, default=None: json.loads(text),
            "zip": lambda *a: list(zip(*a, strict=False)),
            "set": lambda value: sorted(set(value)),
            "local_md5": lambda t: hashlib.md5(str(t).encode(), usedforsecurity=False).hexdigest(),
        }

    @staticmethod
    def _return(value: Any = None) -> NoReturn:
        raise _Return(value)

    def _ref(self, *parts: str, **_: Any) -> Any:
        now, name = self.now, str(parts[-1]) if parts else ""
        found = now.resolve_ref(name)
        if found is None:
            known = now.names[0]
            fix = did_you_mean(name, known) or f"create models/**/{name}.sql or seeds/{name}.csv"
            raise UnknownReferenceError(
                f"ref('{name}') matches no model or seed", at=now.at, fix=fix
            )
        now.refs[name] = None
        return found

    def _source(self, *parts: str) -> Any:
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


class _Var:
    """`var('x')`, `var('x', default)` and `var.has_var('x')`."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def __call__(self, name: str, *default: Any) -> Any:
        now = self._renderer.now
        now.vars_read[name] = None
        return var_reader(now.values, lambda: now.at)(name, *default)

    def has_var(self, name: str) -> bool:
        return name in self._renderer.now.values


class _InvocationArgs:
    """dbt's `invocation_args_dict`, of which we have `vars`: those of the command or the unit test."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    @property
    def vars(self) -> dict[str, Any]:
        return dict(self._renderer.now.given)
