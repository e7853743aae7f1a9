"""Test specs -> test nodes with dbt's names and ids.

Room:  read. Imports errors, nodes, spec_nodes.
In:    TestSpec / UnitTestSpec / a singular .sql file.  Out: DataTest, UnitTest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from retention_pipeline.errors import Location, ProjectError
from retention_pipeline.nodes import DataTest, Fixture, Severity, TestConfig, UnitTest
from retention_pipeline.spec_nodes import FixtureSpec, TestSpec, UnitTestSpec

_LONGEST_NAME = 63
_VERSION = re.compile(r"\.v[\w.]+\Z")
_CONDITION = re.compile(r"\s*(=|!=|<>|<|<=|>|>=)\s*\d+\s*\Z")


def attach_tests(
    specs: Iterable[TestSpec], label: str, unique_id: str, package: str
) -> Iterator[DataTest]:
    """The tests of one node, under dbt's names and ids.

    `label` is the node's name, `source.table` for a source. A test that stands there twice gets
    another name.
    """
    taken: set[str] = set()
    for spec in specs:
        alias, name = _names(spec, label)
        while _id(spec, name, label, package) in taken:
            alias, name = f"{alias}_again", f"{name}_again"
        taken.add(test_id := _id(spec, name, label, package))
        if spec.config.get("enabled", True) is False:
            continue
        yield DataTest(
            name=name,
            alias=str(spec.config.get("alias") or alias),
            unique_id=test_id,
            fqn=(package, label, name),
            config=test_config(spec.config, spec.at),
            settings=spec.config,
            at=spec.at,
            kind=spec.kind,
            attached_to=unique_id,
            column=spec.column,
            arguments=spec.arguments,
            description=spec.description,
        )


def _arguments(spec: TestSpec) -> dict[str, Any]:
    column = {} if spec.column is None else {"column_name": spec.column}
    return {**spec.arguments, **column}


def _names(spec: TestSpec, label: str) -> tuple[str, str]:
    """dbt's two names: kind_model_arguments, cut and hashed where it is long, and the whole of it."""
    if spec.name:
        return spec.name, spec.name
    kind = spec.kind.replace(".", "_")
    named = label.replace(".", "_")
    is_source = "." in label and not _VERSION.search(label)
    target = f"source_{kind}_{named}" if is_source else f"{kind}_{named}"
    words = []
    for _, value in sorted(_arguments(spec).items()):
        parts = list(value.values()) if isinstance(value, dict) else value
        items = parts if isinstance(parts, list) else [parts]
        words += [re.sub(r"[^0-9a-zA-Z_]+", "_", str(item)) for item in items]
    full = f"{target}_{'__'.join(words)}"
    if len(full) <= _LONGEST_NAME:
        return full, full
    return f"{target[:30]}_{_md5(full)}", full


def _id(spec: TestSpec, name: str, label: str, package: str) -> str:
    """dbt's id: it tells tests of one name apart by their arguments."""
    first, _, second = label.partition(".")
    call = f"source('{first}', '{second}')" if second else f"ref('{label}')"
    if _VERSION.search(label):
        call = f"ref('{first}', version='{second[1:]}')"
    arguments = {**_arguments(spec), "model": f"{{{{ get_where_subquery({call}) }}}}"}
    space, _, kind = spec.kind.rpartition(".")
    about = {"kwargs": _texts(arguments), "name": kind, "namespace": str(space or None)}
    return f"test.{package}.{name}.{_md5(name + repr(about))[-10:]}"


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _texts(value[key]) for key in sorted(value)}
    return [_texts(item) for item in value] if isinstance(value, list) else str(value)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def with_settings(test: DataTest, settings: Mapping[str, Any]) -> DataTest:
    """The test with what dbt_project.yml says of it, where its own .yml is silent."""
    if not settings:
        return test
    config = test_config({**settings, **test.settings}, test.at)
    return replace(test, config=config, project_settings=settings)


def _keeps(values: Mapping[str, Any]) -> bool:
    """Whether failures are kept: `store_failures_as` has the last word."""
    kept_as = values.get("store_failures_as")
    return bool(values.get("store_failures")) if kept_as is None else kept_as != "ephemeral"


def test_config(values: Mapping[str, Any], at: Location) -> TestConfig:
    """Read severity, where, limit, warn_if ... of one test."""
    config = TestConfig()
    severity = str(values.get("severity", "error")).lower()
    if severity not in ("error", "warn"):
        raise ProjectError(f"severity '{severity}' is unknown", at=at, fix="use error or warn")
    for key in ("warn_if", "error_if"):
        text = str(values.get(key, "!= 0"))
        if not _CONDITION.match(text):
            raise ProjectError(
                f"{key}: '{text}' is not a comparison with a number",
                at=at,
                fix='write it like ">10"',
            )
    limit = values.get("limit")
    if limit is not None and (type(limit) is not int or limit < 1):
        raise ProjectError(f"limit: {limit!r} is not a number above 0", at=at)
    tags = values.get("tags") or []
    where = values.get("where")
    return replace(
        config,
        severity=Severity(severity),
        where=None if where is None else str(where),
        limit=limit,
        warn_if=str(values.get("warn_if", config.warn_if)),
        error_if=str(values.get("error_if", config.error_if)),
        fail_calc=str(values.get("fail_calc", config.fail_calc)),
        store_failures=_keeps(values),
        store_failures_as=str(values.get("store_failures_as") or "table"),
        schema=None if values.get("schema") is None else str(values["schema"]),
        tags=(tags,) if isinstance(tags, str) else tuple(str(tag) for tag in tags),
    )


def singular_test(path: Path, text: str, package: str, shown: Path) -> DataTest:
    """A .sql file of its own: the rows it returns are failures."""
    return DataTest(
        name=path.stem,
        alias=path.stem,
        unique_id=f"test.{package}.{path.stem}",
        fqn=(package, *path.with_suffix("").parts[1:]),
        config=TestConfig(),
        at=Location(shown, 1),
        text=text,
        path=path,
    )


def unit_test(spec: UnitTestSpec, package: str, root: Path) -> UnitTest:
    """A unit test with its fixture files read."""
    overrides = spec.overrides
    tags = spec.config.get("tags") or []
    return UnitTest(
        name=spec.name,
        unique_id=f"unit_test.{package}.{spec.model}.{spec.name}",
        fqn=(package, spec.model, spec.name),
        model=spec.model,
        given=tuple(_fixture(item, root) for item in spec.given),
        expect=_fixture(spec.expect, root),
        override_vars=overrides.get("vars") or {},
        override_macros=overrides.get("macros") or {},
        override_env_vars=overrides.get("env_vars") or {},
        tags=(tags,) if isinstance(tags, str) else tuple(str(tag) for tag in tags),
        at=spec.at,
        description=spec.description,
    )


def _fixture(spec: FixtureSpec, root: Path) -> Fixture:
    rows = spec.rows
    if spec.fixture is not None:
        suffix = "sql" if spec.format == "sql" else "csv"
        path = root / "tests" / "fixtures" / f"{spec.fixture}.{suffix}"
        if not path.is_file():
            raise ProjectError(f"no fixture file {path.name}", at=spec.at, fix=f"put it at {path}")
        rows = path.read_text(encoding="utf-8")
    if spec.format == "dict" and not isinstance(rows, (list, type(None))):
        raise ProjectError(
            "rows of format dict must be a list", at=spec.at, fix="or say format: csv"
        )
    if spec.format != "dict" and not isinstance(rows, (str, type(None))):
        raise ProjectError(
            f"rows of format {spec.format} must be text", at=spec.at, fix="use rows: |"
        )
    return Fixture(input=spec.input, format=spec.format, rows=rows, at=spec.at)
