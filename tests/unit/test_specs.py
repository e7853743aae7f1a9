from pathlib import Path

import pytest

from retention_pipeline.errors import Location, PipelineError, ProjectError, UnknownKeyError
from retention_pipeline.spec_nodes import Specs
from retention_pipeline.spec_nodes import TestSpec as Spec
from retention_pipeline.specs import read_specs

PATH = Path("models/m.yml")


def attached(text: str) -> tuple[Spec, ...]:
    return read_specs(text, PATH).models[0].tests


def test_a_model_with_columns_and_tests() -> None:
    model = read_specs(
        """\
models:
  - name: a
    description: One row is one thing.
    config: {tags: [daily], meta: {owner: me}}
    columns:
      - {name: id, data_type: bigint, description: The id., data_tests: [unique]}
      - name: kind
    data_tests:
      - primary_key:
          arguments: {columns: [id]}
          config: {severity: warn, where: "id > 1"}
""",
        PATH,
    ).models[0]
    assert (model.name, model.description) == ("a", "One row is one thing.")
    assert model.config == {"tags": ["daily"], "meta": {"owner": "me"}}
    assert [(c.name, c.data_type) for c in model.columns] == [("id", "bigint"), ("kind", None)]
    key, unique = model.tests
    assert (key.kind, key.arguments, key.column) == ("primary_key", {"columns": ["id"]}, None)
    assert key.config == {"severity": "warn", "where": "id > 1"}
    assert key.at == Location(PATH, 9)
    assert (unique.kind, unique.column, unique.at) == ("unique", "id", Location(PATH, 6))


def test_older_ways_of_writing_a_test_are_read_too() -> None:
    first, second, third = attached(
        """\
models:
  - name: a
    tests:
      - accepted_values: {values: [1], severity: warn, column_name: x}
      - test_name: unique
        name: mine
        arguments: {x: 1}
      - not_null
"""
    )
    assert (first.arguments, first.config) == (
        {"values": [1], "column_name": "x"},
        {"severity": "warn"},
    )
    assert (second.kind, second.name, second.arguments) == ("unique", "mine", {"x": 1})
    assert third.kind == "not_null"


def test_sources_inherit_meta_and_tags() -> None:
    table = read_specs(
        """\
sources:
  - name: raw
    config: {tags: in, meta: {input_contract: true, key: [x]}}
    tables:
      - name: orders
        config: {tags: [big], meta: {key: [order_id]}}
""",
        PATH,
    ).tables[0]
    assert (table.source, table.schema, table.identifier) == ("raw", "raw", "orders")
    assert table.meta == {"input_contract": True, "key": ["order_id"]}
    assert table.tags == ("in", "big")


def test_a_unit_test() -> None:
    unit = read_specs(
        """\
unit_tests:
  - name: u
    model: a
    overrides: {vars: {as_of: 2024-01-01}}
    given:
      - input: ref('b')
        format: csv
        rows: |
          x
          1
    expect: {rows: [{x: 1}]}
""",
        PATH,
    ).unit_tests[0]
    assert unit.overrides == {"vars": {"as_of": "2024-01-01"}}
    assert (unit.given[0].input, unit.given[0].format, unit.given[0].rows) == (
        "ref('b')",
        "csv",
        "x\n1\n",
    )
    assert (unit.expect.format, unit.expect.rows) == ("dict", [{"x": 1}])


def test_descriptive_sections_of_dbt_are_left_alone() -> None:
    specs = read_specs("version: 2\ngroups: [{name: x}]\nmacros: [{name: y}]", PATH)
    assert specs == Specs()


@pytest.mark.parametrize(
    ("text", "kind", "line", "words"),
    [
        ("modles: []", UnknownKeyError, 1, "did you mean 'models'?"),
        ("models:\n  - name: a\n    colums: []", UnknownKeyError, 3, "did you mean 'columns'?"),
        ("models:\n  - name: a\n    columns:\n      - {name: x, datatype: int}", UnknownKeyError, 4, "data_type"),
        ("models:\n  - description: a", ProjectError, 2, "'name' is missing"),
        ("models:\n  name: a", ProjectError, 1, "must be a list"),
        ("models:\n  - a", ProjectError, 2, "must be a mapping"),
        ("- a", ProjectError, 1, "a properties file must be a mapping"),
        ("models:\n  - name: [a]", ProjectError, 2, "'name' must be text"),
        ("models:\n  - name: a\n    columns: [{name: x}, {name: x}]", ProjectError, 3, "described twice"),
        ("models:\n  - name: a\n    tests: [{unique: {config: {severty: warn}}}]", UnknownKeyError, 3, "severity"),
        ("models:\n  - name: a\n    data_tests:\n      - unique: {}\n        config: {}", ProjectError, 4, "indent"),
        ("models:\n  - name: a\n    data_tests:\n      - 5", ProjectError, 4, "must be a mapping"),
        ("unit_tests:\n  - name: u\n    given: []", ProjectError, 2, "'expect' must be a mapping"),
        ("unit_tests:\n  - name: u\n    model: a\n    expect: {format: xml}", ProjectError, 4, "use dict, csv or sql"),
        ("unit_tests:\n  - name: u\n    model: a\n    expect: {row: 1}", UnknownKeyError, 4, "'rows'"),
        ("unit_tests:\n  - name: u\n    expect: {}\n    overrides: {var: {}}", UnknownKeyError, 4, "'vars'"),
        ("sources:\n  - name: raw\n    tables:\n      - {name: x, colums: []}", UnknownKeyError, 4, "columns"),
    ],
)  # fmt: skip
def test_faults_name_line_and_fix(
    text: str, kind: type[PipelineError], line: int, words: str
) -> None:
    with pytest.raises(kind) as error:
        read_specs(text, PATH)
    assert error.value.at == Location(PATH, line)
    assert words in str(error.value)
