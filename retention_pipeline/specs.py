"""A properties file (.yml) -> specs of models, seeds, sources and tests, with their lines.

Room:  read. Imports configs, errors, exposures, nodes, yaml_lines.
In:    YAML values.  Out: Specs; unknown keys are errors with "did you mean".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from retention_pipeline import spec_keys as keys
from retention_pipeline.configs import check_shape
from retention_pipeline.errors import Location, ProjectError
from retention_pipeline.nodes import Column
from retention_pipeline.spec_nodes import (
    FixtureSpec,
    NodeSpec,
    Specs,
    TableSpec,
    TestSpec,
    UnitTestSpec,
)
from retention_pipeline.versions import versions
from retention_pipeline.yaml_lines import (
    YamlMap,
    expect_list,
    expect_map,
    parse_yaml,
    plain,
)

_BESIDE = ("meta", "tags", "group", "access")
_CONFIGURES = frozenset({"config", *_BESIDE})


def read_specs(text: str, path: Path) -> Specs:
    """Read one properties file. Raises ProjectError kinds that name file and line."""
    specs = Specs()
    document = parse_yaml(text, path)
    if document is None:
        return specs
    top = expect_map(document, "a properties file", Location(path, 1))
    top.check_keys(keys.FILE, "a properties file")
    for entry in _entries(top, "models"):
        specs.models += _versions(entry) if "versions" in entry else [_node(entry, "a model")]
    specs.seeds += [_node(entry, "a seed") for entry in _entries(top, "seeds")]
    specs.snapshots += [_snapshot(entry) for entry in _entries(top, "snapshots")]
    for entry in _entries(top, "sources"):
        specs.tables += _source(entry)
    specs.unit_tests += [_unit_test(entry) for entry in _entries(top, "unit_tests")]
    if "exposures" in top:
        from retention_pipeline.exposures import read_exposures

        specs.exposures += read_exposures(top)
    return specs


def _entries(parent: YamlMap, key: str) -> Iterator[YamlMap]:
    if key not in parent:  # most are not there
        return
    items = expect_list(parent[key], f"'{key}'", parent.at(key))
    for index, item in enumerate(items):
        yield expect_map(item, f"each entry of '{key}'", items.at(index))


def _text(entry: YamlMap, key: str, default: str | None = None) -> str:
    value = entry.get(key, default)
    if value is None:
        raise ProjectError(f"'{key}' is missing", at=entry.at(), fix=f"add '{key}: ...'")
    if isinstance(value, (dict, list)):
        raise ProjectError(f"'{key}' must be text", at=entry.at(key))
    return str(value)


def _config(entry: YamlMap, known: frozenset[str] | None = None) -> dict[str, Any]:
    """`config:` with what dbt also takes beside it folded in."""
    if entry.keys().isdisjoint(_CONFIGURES):
        return {}
    config = expect_map(
        entry.get("config") or YamlMap(entry.path, entry.line), "'config'", entry.at("config")
    )
    if known is not None:
        config.check_keys(known, "a test's config")
    result: dict[str, Any] = plain(config)
    for key in _BESIDE:
        if key in entry and key not in result:
            result[key] = plain(entry[key])
        check_shape(key, result.get(key), entry.at(key) if key in entry else config.at(key))
    return result


def _node(entry: YamlMap, what: str, known: frozenset[str] = keys.NODE) -> NodeSpec:
    entry.check_keys(known, what)
    columns, tests = [], list(_tests(entry, None))
    seen: dict[str, Location] = {}
    for item in _entries(entry, "columns"):
        column = _column(item)
        if column.name in seen:
            raise ProjectError(f"column '{column.name}' is described twice", at=item.at("name"))
        seen[column.name] = item.at()
        columns.append(column)
        tests += _tests(item, column.name)
    return NodeSpec(
        name=_text(entry, "name"),
        description=_text(entry, "description", ""),
        config=_config(entry),
        columns=tuple(columns),
        tests=tuple(tests),
        at=entry.at("name"),
        constraints=_constraints(entry),
    )


def _constraints(entry: YamlMap) -> tuple[dict[str, Any], ...]:
    return tuple(plain(item) for item in _entries(entry, "constraints"))


def _versions(entry: YamlMap) -> Iterator[NodeSpec]:
    yield from versions(entry, _node(entry, "a model"), _node)


def _location(source: str, shared: dict[str, Any], node: NodeSpec, meta: dict[str, Any]) -> str:
    """dbt-duckdb's external_location as SQL: a call as it stands, a path between quotes."""
    key = "external_location"
    text = str(node.config.get(key) or shared.get(key) or meta.get(key) or "")
    for name, value in (("name", node.name), ("identifier", node.name), ("schema", source)):
        text = text.replace(f"{{{name}}}", value)
    return text if not text or "(" in text or text.startswith("'") else f"'{text}'"


def _snapshot(entry: YamlMap) -> NodeSpec:
    node = _node(entry, "a snapshot", keys.NODE | {"relation"})
    return replace(node, config={**node.config, "relation": entry.get("relation")})


def _column(entry: YamlMap) -> Column:
    entry.check_keys(keys.COLUMN, "a column")
    meta = _config(entry).get("meta") or {}
    data_type = entry.get("data_type")
    return Column(
        name=_text(entry, "name"),
        data_type=None if data_type is None else str(data_type),
        description=_text(entry, "description", ""),
        meta=meta,
        at=entry.at("name"),
        constraints=_constraints(entry),
    )


def _source(entry: YamlMap) -> Iterator[TableSpec]:
    from retention_pipeline.source_freshness import read_freshness  # sources are rare

    entry.check_keys(keys.SOURCE, "a source")
    name = _text(entry, "name")
    shared = _config(entry)
    for table in _entries(entry, "tables"):
        node = _node(table, "a source table", keys.TABLE)
        meta = {**(shared.get("meta") or {}), **(node.config.get("meta") or {})}
        yield TableSpec(
            source=name,
            schema=_text(entry, "schema", name),
            identifier=_text(table, "identifier", node.name),
            meta=meta,
            tags=(*_tags(shared), *_tags(node.config)),
            node=node,
            location=_location(name, shared, node, meta),
            freshness=read_freshness(entry, table),
            enabled=node.config.get("enabled", shared.get("enabled", True)),
        )


def _tags(config: dict[str, Any]) -> tuple[str, ...]:
    tags = config.get("tags") or []
    return (tags,) if isinstance(tags, str) else tuple(str(tag) for tag in tags)


def _tests(entry: YamlMap, column: str | None) -> Iterator[TestSpec]:
    for key in ("data_tests", "tests"):
        if key not in entry:
            continue
        items = expect_list(entry[key], f"'{key}'", entry.at(key))
        for index, item in enumerate(items):
            yield _test(item, items.at(index), column)


def _test(item: Any, at: Location, column: str | None) -> TestSpec:
    if isinstance(item, str):
        return TestSpec(item, {}, {}, None, column, "", at)
    entry = expect_map(item, "a data test", at)
    if "test_name" in entry:
        kind, body = _text(entry, "test_name"), entry
    elif len(entry) == 1:
        kind, inner = next(iter(entry.items()))
        body = expect_map(inner or YamlMap(entry.path, entry.line), f"the test '{kind}'", at)
    else:
        raise ProjectError(
            "a data test is a name, or one name with its arguments below it",
            at=at,
            fix="indent the keys that belong to the test one step further",
        )
    arguments = plain(
        expect_map(body.get("arguments") or YamlMap(body.path, body.line), "'arguments'", at)
    )
    # older dbt wrote arguments beside config; both forms are read, the first is ours
    arguments |= {
        k: plain(v) for k, v in body.items() if k not in keys.TEST_RESERVED | keys.TEST_CONFIG
    }
    config = _config(body, keys.TEST_CONFIG)
    config |= {k: plain(body[k]) for k in keys.TEST_CONFIG - keys.TEST_RESERVED if k in body}
    name = body.get("name")
    return TestSpec(
        kind=kind,
        arguments=arguments,
        config=config,
        name=None if name is None else str(name),
        column=column,
        description=_text(body, "description", ""),
        at=at,
    )


def _fixture(entry: YamlMap, what: str) -> FixtureSpec:
    entry.check_keys(keys.FIXTURE, what)
    style = _text(entry, "format", "dict")
    if style not in ("dict", "csv", "sql"):
        raise ProjectError(
            f"format '{style}' is unknown", at=entry.at("format"), fix="use dict, csv or sql"
        )
    fixture = entry.get("fixture")
    return FixtureSpec(
        input=_text(entry, "input", ""),
        format=style,
        rows=plain(entry.get("rows")),
        fixture=None if fixture is None else str(fixture),
        at=entry.at("rows") if "rows" in entry else entry.at(),
    )


def _unit_test(entry: YamlMap) -> UnitTestSpec:
    entry.check_keys(keys.UNIT, "a unit test")
    expect = expect_map(entry.get("expect"), "'expect'", entry.at("expect"))
    overrides = entry.get("overrides") or YamlMap(entry.path, entry.line)
    overrides = expect_map(overrides, "'overrides'", entry.at("overrides"))
    overrides.check_keys(frozenset({"vars", "macros", "env_vars"}), "'overrides'")
    return UnitTestSpec(
        name=_text(entry, "name"),
        model=_text(entry, "model"),
        description=_text(entry, "description", ""),
        given=tuple(_fixture(item, "a given input") for item in _entries(entry, "given")),
        expect=_fixture(expect, "'expect'"),
        overrides=plain(overrides),
        config=_config(entry),
        at=entry.at("name"),
    )
