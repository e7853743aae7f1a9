"""Unit tests of models: dbt's YAML, our engine in memory."""

import pytest

from tests.conftest import Outcome, Shop

MODEL = """\
select
    id,
    cast(amount * {{ var('factor', 2) }} as decimal(18, 4)) as amount,
    cast(amount / 3 as double) as third,
    cast('{{ greet() }}' as varchar) as word,
    day
from {{ ref('base') }}
"""


@pytest.fixture
def units(shop: Shop) -> Shop:
    shop.write("macros/greet.sql", "{% macro greet() %}hello{% endmacro %}")
    shop.model(
        "base",
        "select 1 as id, cast(1 as decimal(18, 4)) as amount, cast('2024-01-01' as date) as day,"
        " cast(1.5 as double) as rate",
    )
    shop.model("m", MODEL)
    return shop


def run(shop: Shop, *tests: str) -> Outcome:
    """Run unit tests `u`, `u1`, ... of `m`, each written as the body of its YAML entry."""
    text = "unit_tests:\n"
    for i, test in enumerate(tests):
        body = "\n".join("    " + line for line in test.strip().splitlines())
        text += f"  - name: u{i or ''}\n    model: m\n{body}\n"
    shop.write("models/free/unit.yml", text)
    return shop.run("test", "--select", "u" if len(tests) == 1 else "u*,resource_type:unit_test")


GIVEN = """\
given:
  - input: ref('base')
    rows:
      - {id: 1, amount: 3, day: 2024-02-29}
      - {id: 2, amount: 6}
"""


def test_expectations_in_every_format(units: Shop) -> None:
    expectations = [
        "expect: {rows: [{id: 1, amount: 6, day: 2024-02-29}, {id: 2, amount: 12, day: null}]}",
        "expect: {rows: [{id: 2}, {id: 1}]}",
        "expect: {rows: [{third: 1.0000000000001}, {third: 2}]}",
        "expect:\n  format: csv\n  rows: |\n    id,amount,day\n    2,12.0000,\n    1,6,2024-02-29",
        "expect:\n  format: sql\n  rows: |\n    select 1 as id, 6 as amount\n    union all select 2, 12",
        "expect: {rows: [{word: hello}, {word: hello}]}",
    ]
    done = run(units, *(GIVEN + expect for expect in expectations))
    assert done.code == 0, done.text


def test_inputs_in_every_format(units: Shop) -> None:
    inputs = [
        "given: [{input: ref('base'), rows: [{id: 1, amount: 3}]}]",
        "given:\n  - input: ref('base')\n    format: csv\n    rows: |\n      id,amount\n      1,3",
        "given:\n  - input: ref('base')\n    format: sql\n    rows: |\n      select 1 as id, 3 as amount,"
        " null::date as day",
        "given: [{input: \"ref('shop', 'base')\", rows: [{id: 1, amount: 3}]}]",
        'given: [{input: ref("base"), rows: [{id: 1, amount: "3.0000"}]}]',
    ]
    done = run(
        units, *(given + "\nexpect: {rows: [{id: 1, amount: 6, day: null}]}" for given in inputs)
    )
    assert done.code == 0, done.text


@pytest.mark.parametrize("form", ["csv", "sql"])
def test_fixture_files(units: Shop, form: str) -> None:
    rows = "id,amount\n1,3\n" if form == "csv" else "select 1 as id, 3 as amount, null::date as day"
    units.write(f"tests/fixtures/three.{form}", rows)
    given = f"given: [{{input: ref('base'), format: {form}, fixture: three}}]"
    done = run(units, given + "\nexpect: {rows: [{id: 1, amount: 6}]}")
    assert done.code == 0, done.text


def test_overrides(units: Shop) -> None:
    given = "given: [{input: ref('base'), rows: [{id: 1, amount: 3}]}]"
    cases = [
        ("{vars: {factor: 5}}", "{id: 1, amount: 15}"),
        ("{macros: {greet: bye}}", "{id: 1, word: bye}"),
        ("{}", "{id: 1, amount: 6, word: hello}"),
    ]
    done = run(units, *(f"{given}\noverrides: {o}\nexpect: {{rows: [{row}]}}" for o, row in cases))
    assert done.code == 0, done.text


def test_no_rows_at_all(units: Shop) -> None:
    assert run(units, "given: [{input: ref('base'), rows: []}]\nexpect: {rows: []}").code == 0
    done = run(units, GIVEN + "expect: {rows: []}")
    assert done.code == 1
    assert "0 rows expected, 2 found" in done.out


def test_a_failure_reads_as_a_table(units: Shop) -> None:
    done = run(
        units,
        GIVEN
        + "expect: {rows: [{id: 1, amount: 7, word: hello}, {id: 2, amount: 12, word: hello}]}",
    )
    assert done.code == 1
    assert "models/free/unit.yml:2: unit test u failed" in done.out
    table = [line.split() for line in done.out.splitlines() if line.startswith("  ")]
    assert ["id", "amount", "word"] in table
    assert ["!", "1", "7.0000", "->", "6.0000", "hello"] in table
    assert "again: pipeline test --select u" in done.out


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("{third: 1.000001}", "1.000001 -> 1.0"),
        ("{day: 2024-03-01}", "2024-03-01 -> 2024-02-29"),
        ("{day: null}", "NULL -> 2024-02-29"),
        ("{word: Hello}", "Hello -> hello"),
    ],
)
def test_values_that_differ(units: Shop, row: str, found: str) -> None:
    given = "given: [{input: ref('base'), rows: [{id: 1, amount: 3, day: 2024-02-29}]}]"
    done = run(units, f"{given}\nexpect: {{rows: [{row[:-1]}, id: 1}}]}}")
    assert done.code == 1
    assert found in done.out


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ("given: []\nexpect: {rows: []}", "m reads 'base', which this unit test does not give"),
        ("given: [{input: ref('bas'), rows: []}]\nexpect: {rows: []}", "did you mean 'base'?"),
        ("given: [{input: base, rows: []}]\nexpect: {rows: []}", "write ref('model')"),
        (GIVEN + "expect: {rows: [{amuont: 1}]}", "the result of m has no column 'amuont'"),
        ("given: [{input: ref('base'), rows: [{idd: 1}]}]\nexpect: {rows: []}", "ref('base') has no column 'idd'"),
        ("given: [{input: ref('base'), rows: [{id: x}]}]\nexpect: {rows: []}", "a value does not fit its column"),
        (GIVEN + "expect: {rows: [{id: x}]}", "a value does not fit its column"),
        ("given:\n  - input: ref('base')\n    format: sql\n    rows: select nope\nexpect: {rows: []}", "nope"),
        (GIVEN + "expect: {format: sql, rows: select nope}", "nope"),
        (GIVEN + "overrides: {vars: {factor: \"'x'\"}}\nexpect: {rows: []}", "Binder Error"),
    ],
)  # fmt: skip
def test_a_unit_test_that_is_wrong_says_where(units: Shop, test: str, words: str) -> None:
    done = run(units, test)
    assert done.code in (1, 2)
    assert words in done.text
    assert "models/free/" in done.text


def test_an_unknown_model_is_an_invalid_project(units: Shop) -> None:
    units.write(
        "models/free/unit.yml", "unit_tests: [{name: u, model: mm, given: [], expect: {rows: []}}]"
    )
    done = units.run("test")
    assert done.code == 2
    assert "models/free/unit.yml:1: RP101 a unit test names the unknown model 'mm'" in done.err


def test_a_seed_without_rows_stands_for_its_file(shop: Shop) -> None:
    shop.model("m", "select code, name from {{ ref('countries') }}")
    done = run(shop, "given: [{input: ref('countries')}]\nexpect: {rows: [{code: DE}, {code: FR}]}")
    assert done.code == 0, done.text


def test_a_source_is_an_input_too(shop: Shop) -> None:
    shop.model("m", "select order_id, amount from {{ source('raw', 'orders') }}")
    given = "given: [{input: \"source('raw', 'orders')\", rows: [{order_id: o1, amount: 1.5}]}]"
    done = run(shop, given + "\nexpect: {rows: [{order_id: o1, amount: 1.5}]}")
    assert done.code == 0, done.text


def test_nothing_of_a_unit_test_stays_behind(units: Shop) -> None:
    assert run(units, GIVEN + "expect: {rows: [{id: 1}, {id: 2}]}").code == 0
    assert units.query("select count(*) from duckdb_tables() where schema_name like 'unit%'") == [
        (0,)
    ]


def test_ephemeral_inputs_are_given_like_any_other(shop: Shop) -> None:
    shop.model("base", "{{ config(materialized='ephemeral') }} select 1 as id")
    shop.model("m", "with b as (select * from {{ ref('base') }}) select id + 1 as id from b")
    done = run(shop, "given: [{input: ref('base'), rows: [{id: 5}]}]\nexpect: {rows: [{id: 6}]}")
    assert done.code == 0, done.text
