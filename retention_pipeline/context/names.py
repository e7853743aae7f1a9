"""The names that templates may use: dbt's `var`, `config`, `exceptions`, `adapter`, `modules` ...

Room:  compile. Imports configs, context, errors, materialize.hooks, templates. No engine, no clock.
In:    what the Renderer is rendering just now.  Out: one mapping of names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any, NoReturn, Protocol

from retention_pipeline.configs import merge_config
from retention_pipeline.context.asking import Asking
from retention_pipeline.context.clock import refuse, shown
from retention_pipeline.context.modules import MODULES
from retention_pipeline.context.relations import TemplateColumn, TemplateRelation
from retention_pipeline.errors import CompileError, Location, TemplateError, YamlSyntaxError
from retention_pipeline.materialize.hooks import hook_config
from retention_pipeline.templates import env_var_reader, var_reader


class Now(Protocol):
    """What these names look at."""

    at: Location
    this: Any
    values: Mapping[str, Any]
    given: Mapping[str, Any]
    environ: Mapping[str, str]
    macro_overrides: Mapping[str, Any]
    base_config: Mapping[str, Any]
    config: dict[str, Any]
    vars_read: dict[str, None]
    node: Mapping[str, Any]
    is_parsed: bool


Current = Callable[[], Any]
Dispatch = Callable[[str, str | None], Any]


class Config:
    """`config(...)` sets, `config.get(...)` reads."""

    def __init__(self, now: Current) -> None:
        self._now = now

    def __call__(self, *args: Any, **values: Any) -> str:
        now = self._now()
        for part in (*args, values):
            for key, value in dict(part).items():
                self._check(value)
                merge_config(now.config, str(key), value)
        return ""

    def _check(self, value: Any) -> None:
        """What is written down as JSON needs keys that JSON can hold, and no time of rendering."""
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if not isinstance(key, str | int | float | None):
                    raise TemplateError(f"config: {key!r} cannot be a key", at=self._now().at)
                self._check(inner)
        elif isinstance(value, list | tuple):
            for inner in value:
                self._check(inner)
        elif isinstance(value, str):
            refuse(value)

    def get(self, key: str, default: Any = None, **_: Any) -> Any:
        now = self._now()
        own, base = now.config.get(key), now.base_config.get(key)
        found = base if own is None else own
        if isinstance(own, Mapping) and isinstance(base, Mapping):  # as `meta` is merged
            found = {**base, **own}
        return default if found is None else found

    def require(self, key: str, **_: Any) -> Any:
        value = self.get(key)
        if value is None:
            raise TemplateError(f"config '{key}' is required", at=self._now().at)
        return value

    def set(self, key: str, value: Any) -> str:
        return self(**{key: value})

    def meta_get(self, key: str, default: Any = None) -> Any:
        return (self.get("meta") or {}).get(key, default)

    def meta_require(self, key: str) -> Any:
        if key not in (self.get("meta") or {}):
            raise TemplateError(f"config meta '{key}' is required", at=self._now().at)
        return self.meta_get(key)

    def persist_relation_docs(self) -> bool:
        return False

    def persist_column_docs(self) -> bool:
        return False


class Exceptions:
    """dbt's `exceptions` namespace."""

    def __init__(self, now: Current, warnings: dict[str, None]) -> None:
        self._now, self._warnings = now, warnings

    def raise_compiler_error(self, message: Any = "", *_: Any) -> NoReturn:
        raise CompileError(shown(str(message)).strip(), at=self._now().at)

    raise_fail_fast_error = raise_compiler_error
    raise_database_error = raise_compiler_error
    raise_parsing_error = raise_compiler_error
    raise_not_implemented = raise_compiler_error
    missing_config = raise_compiler_error
    missing_materialization = raise_compiler_error
    missing_relation = raise_compiler_error
    relation_wrong_type = raise_compiler_error
    raise_dependency_error = raise_compiler_error
    raise_duplicate_resource_name = raise_compiler_error
    column_type_missing = raise_compiler_error

    def raise_invalid_argument_error(self, message: Any = "", *_: Any) -> NoReturn:
        self.raise_compiler_error(message)

    def warn(self, message: Any) -> str:
        self._warnings[f"{self._now().at}: {shown(str(message))}"] = None
        return ""

    def warn_once(self, message: Any) -> str:
        return self.warn(message)


class Adapter(Asking):
    """dbt's `adapter`."""

    def __init__(self, now: Current, database_name: str, dispatch: Dispatch, kind: str) -> None:
        super().__init__(now, database_name)
        self._dispatch, self._type = dispatch, kind

    def dispatch(
        self, macro_name: str, macro_namespace: Any = None, packages: Any = None, **_: Any
    ) -> Any:
        """The macro for this database: `duckdb__x` before `default__x`, in dbt's search order."""
        if not isinstance(macro_name, str):
            raise TemplateError("adapter.dispatch needs a macro's name", at=self._now().at)
        return self._dispatch(macro_name, macro_namespace)

    def type(self) -> str:
        return self._type

    def quote(self, name: str) -> str:
        return '"' + str(name).replace('"', '""') + '"'

    def quote_as_configured(self, name: str, part: str = "") -> str:
        return self.quote(name)

    def quote_seed_column(self, name: str, quote: bool | None = None) -> str:
        return name if quote is False else self.quote(name)

    def expand_target_column_types(self, *_: Any, **__: Any) -> str:
        return ""

    def commit(self) -> str:
        return ""

    def valid_incremental_strategies(self) -> list[str]:
        return ["append", "delete+insert", "merge"]


class Var:
    """`var('x')`, `var('x', default)` and `var.has_var('x')`."""

    def __init__(self, now: Current) -> None:
        self._now = now

    def __call__(self, name: str, *default: Any, **named: Any) -> Any:
        now = self._now()
        now.vars_read[name] = None
        given = (*default, *named.values())
        return var_reader(now.values, lambda: now.at)(name, *given)

    def has_var(self, name: str) -> bool:
        return name in self._now().values


class Args:
    """dbt's `invocation_args_dict`, of which we have `vars` and `which`."""

    def __init__(self, now: Current) -> None:
        self._now = now

    @property
    def vars(self) -> dict[str, Any]:
        return dict(self._now().given)

    @property
    def which(self) -> str:
        return "build"

    def get(self, key: str, default: Any = None) -> Any:
        return getattr(self, key, default) if key in ("vars", "which") else default


class Execute:
    """True when templates may ask the database, False while they are read for their references."""

    def __init__(self, now: Current) -> None:
        self._now = now

    def __bool__(self) -> bool:
        return not self._now().is_parsed

    def __eq__(self, other: object) -> bool:
        return bool(self) is other

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return str(bool(self))


class This:
    """`this` inside macros: the relation of the template that called them."""

    def __init__(self, now: Current) -> None:
        self._now = now

    def __getattr__(self, name: str) -> Any:
        return getattr(self._now().this, name)

    def __str__(self) -> str:
        return str(self._now().this)


class Node(Mapping[str, Any]):
    """`model`: what is being rendered; what it does not have is None."""

    def __init__(self, now: Current) -> None:
        self._now = now

    def __getitem__(self, key: str) -> Any:
        return self._now().node.get(key)

    def __iter__(self) -> Any:
        return iter(self._now().node)

    def __len__(self) -> int:
        return len(self._now().node)


def _to_yaml(value: Any, default: Any = None, sort_keys: bool = False) -> Any:
    from retention_pipeline.yaml_lines import dump_yaml

    found = dump_yaml(value, sort_keys)
    return default if found is None else found


def _from_yaml(text: Any, default: Any = None) -> Any:
    from pathlib import Path

    from retention_pipeline.yaml_lines import parse_yaml, plain

    try:
        return plain(parse_yaml(str(text), Path("fromyaml()")))
    except YamlSyntaxError:
        return default


def _from_json(text: Any, default: Any = None) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return default


def _sorted(values: Iterable[Any], default: Any = None) -> Any:
    """A set, in an order: the same template always gives the same text."""
    try:
        return sorted(set(values))
    except TypeError:
        return default if default is not None else list(dict.fromkeys(values))


def _md5(text: Any) -> str:
    return hashlib.md5(str(text).encode(), usedforsecurity=False).hexdigest()


def _tell(now: Current, text: Any) -> str:
    """What a macro of `run-operation` prints; other templates print nothing."""
    tell = getattr(now().database, "tell", None)
    if tell is not None:
        tell(shown(str(text)))
    return ""


def make_names(
    now: Current, warnings: dict[str, None], dispatch: Dispatch, target: Any, package: str
) -> dict[str, Any]:
    """All names that need nothing but what is being rendered."""
    adapter = Adapter(now, target.database, dispatch, target.type)
    return {
        "config": Config(now),
        "var": Var(now),
        "invocation_args_dict": Args(now),
        "env_var": lambda *a: env_var_reader(now().environ, lambda: now().at)(*a),
        "is_incremental": lambda: bool(now().macro_overrides.get("is_incremental", False)),
        "should_full_refresh": lambda: False,
        "should_store_failures": lambda: bool(now().base_config.get("store_failures")),
        "before_begin": lambda sql: hook_config(sql, False),
        "after_commit": lambda sql: hook_config(sql, False),
        "in_transaction": lambda sql: hook_config(sql, True),
        "make_hook_config": hook_config,
        "exceptions": Exceptions(now, warnings),
        "adapter": adapter,
        "api": SimpleNamespace(Relation=TemplateRelation, Column=TemplateColumn),
        "this": This(now),
        "model": Node(now),
        "execute": Execute(now),
        "project_name": package,
        "log": lambda text, info=False: _tell(now, text) if info else "",
        "print": lambda text="": _tell(now, text),
        "debug": lambda *a, **k: "",
        "tojson": _to_json,
        "fromjson": _from_json,
        "toyaml": _to_yaml,
        "fromyaml": _from_yaml,
        "zip": lambda *a, **k: list(zip(*a, strict=False)),
        "zip_strict": lambda *a: list(zip(*a, strict=False)),
        "set": _sorted,
        "set_strict": _sorted,
        "local_md5": _md5,
        "modules": MODULES,
        "flags": SimpleNamespace(
            FULL_REFRESH=False, STORE_FAILURES=False, WHICH="build", EMPTY=False
        ),
        "dbt_version": "1.11.0",
        "dbt_metadata_envs": {},
        "selected_resources": [],
        "run_query": adapter.run_query,
        "statement": adapter.statement,
        "store_result": adapter.store_result,
        "load_result": adapter.load_result,
        "load_relation": adapter.load_relation,
        "get_where_subquery": adapter.get_where_subquery,
        "get_columns_in_query": lambda sql: [
            c.name for c in adapter.get_column_schema_from_query(sql)
        ],
        "get_single_value": adapter.get_single_value,
        **_default_names(target.schema),
    }


def _default_names(default: str) -> dict[str, Callable[..., str]]:
    """dbt's own rules for names, which a project's macros may fall back on."""

    def schema(custom_schema_name: Any = None, node: Any = None) -> str:
        return f"{default}_{str(custom_schema_name).strip()}" if custom_schema_name else default

    def alias(custom_alias_name: Any = None, node: Any = None) -> str:
        if custom_alias_name:
            return str(custom_alias_name).strip()
        name, version = node["name"], node.get("version")
        return f"{name}_v{str(version).replace('.', '_')}" if version else str(name)

    def for_env(custom_schema_name: Any = None, node: Any = None) -> str:
        return schema(custom_schema_name, node)

    found: dict[str, Callable[..., str]] = {"generate_schema_name_for_env": for_env}
    for prefix in ("", "default__"):
        found |= {f"{prefix}generate_schema_name": schema, f"{prefix}generate_alias_name": alias}
    return found


def _to_json(value: Any, default: Any = None, sort_keys: bool = False) -> Any:
    if isinstance(value, Node):
        value = dict(value)
    return json.dumps(value, default=str, sort_keys=sort_keys)
