"""All macros of a project and its packages: found as dbt finds them, compiled at their first use.

Room:  compile. Imports context, errors, project, template_code, templates. May touch: jinja2.
In:    MacroFiles, the names that templates may use.  Out: what templates of each package see.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Undefined
from jinja2.exceptions import TemplateError as JinjaTemplateError
from jinja2.sandbox import SandboxedEnvironment

from retention_pipeline.context.cross_database import CROSS_DATABASE
from retention_pipeline.errors import CompileError, Location
from retention_pipeline.project import MacroFile
from retention_pipeline.template_code import MacroText, macro_text
from retention_pipeline.templates import MACRO_PREFIX, Space, as_our_error

DBT = "dbt"


class Return(Exception):  # noqa: N818 - control flow of `{{ return(x) }}`, never an error
    """Carries what a macro returns."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Macros:
    """Macros by name; those of a package by `package.name`."""

    def __init__(
        self,
        env: SandboxedEnvironment,
        names: Mapping[str, Any],
        now: Callable[[], Any],
        root: str,
        kind: str,
        dispatch: Mapping[str, Sequence[str]],
        undefined: type[Undefined],
    ) -> None:
        self._env, self._now, self._root, self._kind = env, now, root, kind
        # packages show variables that only some of their branches set: as in dbt, they are empty
        self._lenient = copy.copy(env)
        self._lenient.undefined = undefined
        self._order = dispatch
        self._texts: dict[str, MacroText] = {}
        self._modules: dict[tuple[str, str], Any] = {}
        self._packages: dict[str, str] = {}  # file -> its package
        self._spaces: dict[str, Space] = {}
        self.files: dict[str, str] = {}  # macro -> its file
        self.texts: dict[str, str] = {}  # Jinja's name of a file -> the path shown to users
        self._globals: dict[str, dict[str, Any]] = {root: env.globals}
        env.globals.update(self._built_in())
        env.globals.update(names)

    def _built_in(self) -> dict[str, Any]:
        """dbt's cross-database macros, which a project may replace by dispatch."""
        found = {name: self._replaceable(name, made) for name, made in CROSS_DATABASE.items()}
        self._spaces[DBT] = Space(**found)
        return {**found, DBT: self._spaces[DBT]}

    def _replaceable(self, name: str, made: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            overrides = self._now().macro_overrides
            for known in (name, f"{DBT}.{name}"):
                if known in overrides:
                    return overrides[known]
            own = self._dispatched(name, self._searched(DBT))
            return made(*args, **kwargs) if own is None else own(*args, **kwargs)

        call.__name__ = name
        return call

    def share(self, names: Mapping[str, Any]) -> None:
        """Names that stand below `dbt.` too."""
        for name, value in names.items():
            setattr(self._spaces[DBT], name, value)

    def globals_of(self, package: str) -> dict[str, Any]:
        """What templates of a package see: their own macros first, then those of the project."""
        if package not in self._globals:
            self._globals[package] = {**self._globals[self._root]}
        return self._globals[package]

    def add(self, files: Sequence[MacroFile]) -> None:
        """Note which macros the files define; calls go through a proxy, so order does not matter."""
        for file in sorted(files, key=lambda f: bool(f.package)):
            self._register(file)
        spaces = {name: space for name, space in self._spaces.items() if name != DBT}
        for seen in self._globals.values():
            seen.update({k: v for k, v in spaces.items() if k not in self.files})

    def _register(self, file: MacroFile) -> None:
        name = str(file.path)
        package = "" if file.package == self._root else file.package
        self.texts[name] = name
        self._packages[name] = package
        try:
            text = self._texts[name] = macro_text(file.text, name)
        except JinjaTemplateError as error:
            raise as_our_error(error, Location(file.path), self.texts) from None
        for macro, line in text.macros:
            self._define(macro, line, file.path, package)

    def _define(self, name: str, line: int, path: Path, package: str) -> None:
        key = f"{package}.{name}" if package else name
        other = self.files.get(key, "<")
        if not other.startswith("<"):  # ours may be replaced, the user's may not
            raise CompileError(
                f"two macros are named '{name}'",
                at=Location(path, line),
                fix=f"the other is in {other}",
            )
        self.files[key] = str(path)
        proxy = self.proxy(key)
        self.globals_of(package or self._root)[name] = proxy
        space = self._spaces.setdefault(package or self._root, Space())
        setattr(space, name, proxy)

    def proxy(self, key: str) -> Callable[..., Any]:
        """A callable that finds the macro when it is called and honours `return()`."""
        name = key.rpartition(".")[2]

        def call(*args: Any, **kwargs: Any) -> Any:
            now = self._now()
            now.macros[key] = None
            for known in (key, name):
                if known in now.macro_overrides:
                    return now.macro_overrides[known]
            try:
                return getattr(self._module(self.files[key]), MACRO_PREFIX + name)(*args, **kwargs)
            except Return as done:
                return done.value

        call.__name__ = name
        return call

    def _module(self, file: str) -> Any:
        """The macros of a file. Other macros that they call are looked for as dbt does it: in the
        package of the node that is being rendered, in the project, and only then beside them."""
        node = self._now().package
        if (node, file) not in self._modules:
            seen, env = self.globals_of(node), self._env
            if self._packages[file]:
                env = self._lenient
            if self._packages[file] not in ("", node):
                seen = {**self.globals_of(self._packages[file]), **seen}
            template = env.template_class.from_code(env, self._texts[file].code, seen)
            self._modules[node, file] = template.module
        return self._modules[node, file]

    # -- dispatch ---------------------------------------------------------------------------
    def dispatch(self, name: str, namespace: str | None) -> Any:
        """dbt's `adapter.dispatch`. Raises CompileError when there is no such macro."""
        found = self._dispatched(name, self._searched(namespace))
        if found is not None:
            return found
        if namespace in (None, DBT) and name in CROSS_DATABASE:
            return CROSS_DATABASE[name]
        raise CompileError(
            f"no macro '{self._kind}__{name}' or 'default__{name}'", at=self._now().at
        )

    def _searched(self, namespace: str | None) -> list[str]:
        if namespace is not None and namespace in self._order:
            return ["" if p == self._root else p for p in self._order[namespace]]
        own = self._now().package
        places = (
            [own] if namespace is None else [""] if namespace == self._root else ["", namespace]
        )
        return [*places, ""]

    def _dispatched(self, name: str, packages: Sequence[str]) -> Any:
        for package in packages:
            for prefix in (self._kind, "default"):
                key = f"{package}.{prefix}__{name}" if package else f"{prefix}__{name}"
                if key in self.files:
                    return self.proxy(key)
        return None
