"""Test specs -> test nodes with dbt's names and ids.

Room:  read. Imports errors, nodes, specs.
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
from retention_pipeline.specs import FixtureSpec, TestSpec, UnitTestSpec

_LONGEST_ALIAS = 63
_UNSAID = re.compile(r"[^0-9a-zA-Z_]+")
_CONDITION = re.compile(r"\s*(=|!=|<>|<|<=|>|>=)\s*\d+\s*\Z")


def attach_tests(
    specs: Iterable[TestSpec], label: str, unique_id: str, package: str
) -> Iterator[DataTest]:
    """The tests of one node under dbt's names; ids of two that share a name differ."""
    taken: set[str] = set()
    for spec in specs:
        name = full = spec.name or _name(spec, label)
        while name in taken:
            name += "_again"
        taken.add(name)
        if spec.config.get("enabled", True) is False:
            continue
        yield DataTest(
            name=full,
            unique_id=f"test.{package}.{name}",
            alias=_alias(spec, label, name),
            fqn=(package, label, name),
            config=test_config(spec.config, spec.at),
            at=spec.at,
            kind=spec.kind,
            attached_to=unique_id,
            column=spec.column,
            arguments=spec.arguments,
            description=spec.description,
        )


def _name(spec: TestSpec, label: str) -> str:
    """dbt's scheme: kind_model_arguments, the column among these, in the order of their names."""
    column = {} if spec.column is None else {"column_name": spec.column}
    words: list[str] = []
    for _, value in sorted({**spec.arguments, **column}.items()):
        if isinstance(value, dict):
            value = list(value.values())
        words += [str(item) for item in (value if isinstance(value, list) else [value])]
    return f"{_start(spec, label)}_{'__'.join(_UNSAID.sub('_', word) for word in words)}"


def _start(spec: TestSpec, label: str) -> str:
    """`not_null_orders`; dbt says `source_not_null_raw_orders` of a source."""
    kind = spec.kind.replace(".", "_")
    if label.startswith("source:"):
        return f"source_{kind}_{label.removeprefix('source:')}"
    return f"{kind}_{label}"


def _alias(spec: TestSpec, label: str, name: str) -> str:
    """The name where one must be short, for files and tables: dbt cuts long ones and hashes them."""
    if len(name) <= _LONGEST_ALIAS:
        return name
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"{(spec.name or _start(spec, label))[:30]}_{digest}"


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
        store_failures=bool(values.get("store_failures", False)),
        tags=(tags,) if isinstance(tags, str) else tuple(str(tag) for tag in tags),
    )


def singular_test(path: Path, text: str, package: str, shown: Path) -> DataTest:
    """A .sql file of its own: the rows it returns are failures."""
    return DataTest(
        name=path.stem,
        unique_id=f"test.{package}.{path.stem}",
        alias=path.stem,
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
