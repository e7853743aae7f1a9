"""One look at a table tells of many tests what their own queries would tell."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention_pipeline.api import Options, compile_
from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine
from retention_pipeline.nodes import Relation
from retention_pipeline.screening import condition_of, screened
from tests.conftest import Shop

SPEC = """\
models:
  - name: one
    config: {contract: {enforced: false}}
    data_tests:
      - expression_is_true: {arguments: {expression: "x < 3"}}
      - expression_is_true: {name: long, arguments: {expression: "x < 3 or\\n exists (select 1 where x = 9)"}}
    columns:
      - name: x
        data_tests: [not_null, unique, {accepted_values: {arguments: {values: [1, 2], quote: false}}}]
      - name: t
        data_tests:
          - not_null
          - accepted_values: {arguments: {values: ["a", "it's"]}}
          - not_null: {name: some, config: {where: "x > 1"}}
          - not_null: {name: kept, config: {store_failures: true}}
          - not_null: {name: added_up, config: {fail_calc: "coalesce(sum(x), 7)"}}
          - not_null: {name: not_many, config: {severity: warn, warn_if: ">= 0"}}
"""
EXTRA = """\
{% test odd(model, column_name) %}select * from {{ model }} where {{ column_name }} is null limit 0{% endtest %}
"""


def project(shop: Shop, rows: str = "select 1 as x, 'a' as t") -> Compiled:
    shop.model("one", rows)
    shop.write("models/free/one.yml", SPEC)
    return compile_(Options(project_dir=shop.root, environ={}))


@pytest.fixture
def compiled(shop: Shop) -> Compiled:
    return project(shop)


def table_of(compiled: Compiled) -> Relation:
    return next(r for uid, r in compiled.relations.items() if uid.endswith(".one"))


def of_one(compiled: Compiled) -> dict[str, str]:
    """Name -> id of the tests of the model."""
    return {
        test.test.name: uid
        for uid, test in compiled.tests.items()
        if (test.test.attached_to or "").endswith(".one")
    }


def test_what_is_looked_at_together_and_what_is_not(compiled: Compiled) -> None:
    table = table_of(compiled)
    conditions = {
        name: condition_of(compiled.tests[uid], table) for name, uid in of_one(compiled).items()
    }
    plain = {name for name, condition in conditions.items() if condition is not None}
    alone = {"unique_one_x", "some", "kept", "added_up"}
    assert plain == conditions.keys() - alone, conditions
    assert len(plain) == 7


class Once:
    """A project and an engine whose repr is short: hypothesis prints it."""

    def __init__(self, compiled: Compiled, engine: Engine) -> None:
        self.compiled, self.engine = compiled, engine


rows = st.lists(
    st.tuples(st.sampled_from([None, 1, 2, 3]), st.sampled_from([None, "a", "it's", "b"])),
    max_size=4,
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(":memory:", {"threads": 1}) as opened:
        yield opened


@given(rows)
def test_it_says_of_none_that_it_passes_unless_all_do(
    once: Once, given_rows: list[tuple[int | None, str | None]]
) -> None:
    compiled, engine = once.compiled, once.engine
    table = table_of(compiled)
    engine.ensure_schemas({table.schema})
    engine.query(f"create or replace table {table} (x integer, t varchar)")
    engine.insert(str(table), ["integer", "varchar"], given_rows)
    tests = [compiled.tests[uid] for uid in of_one(compiled).values()]
    failures = {test.unique_id: engine.query(test.count_sql)[0][0] or 0 for test in tests}
    found = screened(tests, table, engine)
    assert all(failures[uid] == 0 for uid in found)
    could = {t.unique_id for t in tests if condition_of(t, table) is not None}
    assert found == (could if not any(failures[uid] for uid in could) else frozenset())


@pytest.fixture(scope="module")
def once(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Once:
    from tests.conftest import write_project

    root = tmp_path_factory.mktemp("screening")
    write_project(root)
    (root / "models/free").mkdir()
    (root / "models/free/one.sql").write_text("select 1 as x, 'a' as t")
    (root / "models/free/one.yml").write_text(SPEC)
    return Once(compile_(Options(project_dir=root, environ={})), engine)


def test_each_test_keeps_its_own_result(shop: Shop) -> None:
    project(shop, "select 1 as x, 'a' as t union all select 3, null")
    assert shop.run("build", "-s", "one").code == 1
    ran = json.loads((shop.root / "target/run_results.json").read_text())["results"]
    found = {r["unique_id"].split(".")[2]: (r["status"], r["failures"]) for r in ran}
    assert found["not_null_one_x"] == ("pass", 0)
    assert found["not_null_one_t"] == ("fail", 1)
    assert found["not_many"] == ("warn", 1)
    assert found["unique_one_x"] == ("pass", 0)
    shop.edit("models/free/one.sql", "select 3, null", "select 2, 'a'")
    assert shop.run("build", "-s", "one").code == 1
    ran = json.loads((shop.root / "target/run_results.json").read_text())["results"]
    found = {r["unique_id"].split(".")[2]: (r["status"], r["failures"]) for r in ran}
    assert found["not_null_one_t"] == ("pass", 0)
    assert found["added_up"] == ("fail", 7)  # it counts what is not there
    assert found["not_many"] == ("warn", 0)  # its warn_if holds for no row too


def test_a_test_of_that_name_with_another_query_is_not_looked_at(shop: Shop) -> None:
    shop.write("macros/tests/not_null.sql", EXTRA.replace("odd", "not_null"))
    compiled = project(shop)
    table = table_of(compiled)
    test = compiled.tests[of_one(compiled)["not_null_one_x"]]
    assert "limit 0" in test.sql
    assert condition_of(test, table) is None


def test_a_query_that_cannot_run_says_so_itself(compiled: Compiled, engine: Engine) -> None:
    table = table_of(compiled)
    engine.ensure_schemas({table.schema})
    engine.query(f"create or replace table {table} (t varchar)")
    tests = [compiled.tests[uid] for uid in of_one(compiled).values()]
    assert screened(tests, table, engine) == frozenset()
