"""What a run does: order, skips, severities, threads, table or view, Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from typing import Any

import duckdb
import pytest

from retention_pipeline.api import Options, execute
from retention_pipeline.events import Results, StepResult
from retention_pipeline.plan import Command
from retention_pipeline.project import load
from tests.conftest import Shop, environment


def build(shop: Shop, *include: str, command: str = "build", **options: Any) -> Results:
    settings = Options(project_dir=shop.root, environ={}, **options)
    return execute(Command(command), settings, include)


def statuses(results: Results) -> dict[str, str]:
    return {step.name: str(step.status) for step in results.steps}


def step(results: Results, name: str) -> StepResult:
    return next(s for s in results.steps if s.name == name)


# -- skips and severities -----------------------------------------------------------------------
def test_what_stands_below_a_failure_is_skipped_and_the_rest_goes_on(shop: Shop) -> None:
    shop.model("a", "select error('boom') as x")
    shop.model("b", "select * from {{ ref('a') }}")
    shop.model("c", "select * from {{ ref('b') }}")
    shop.model("d", "select 1 as x")
    results = build(shop, "a", "b", "c", "d")
    assert statuses(results) == {"a": "failed", "b": "skipped", "c": "skipped", "d": "ok"}
    assert step(results, "b").message == "a failed"
    assert step(results, "c").message == "b was skipped"
    assert "boom" in step(results, "a").message
    assert str(step(results, "a").at).startswith("models/free/a.sql")


def test_a_conversion_error_names_file_and_line(shop: Shop) -> None:
    shop.model(
        "a", "select\n  1 as x,\n  cast(y as integer) as y\nfrom (select 'q' as y)", folder="free"
    )
    result = step(build(shop, "a"), "a")
    assert result.status == "failed"
    assert "Could not convert string 'q'" in result.message
    assert str(result.at).startswith("models/free/a.sql")


FAILING = "select * from range(5) as t(x)"


# config of a test with 5 failing rows -> its status, and that of a model below
SEVERITIES = [
    ("", "failed", "skipped"),
    ("severity: warn", "warn", "ok"),
    ("severity: WARN", "warn", "ok"),
    ('error_if: ">5", warn_if: ">4"', "warn", "ok"),
    ('error_if: ">4"', "failed", "skipped"),
    ('error_if: ">5", warn_if: ">5"', "ok", "ok"),
    ('severity: warn, error_if: ">1"', "warn", "ok"),
    ('where: "x > 7"', "ok", "ok"),
    ('where: "x > 3", error_if: ">1"', "warn", "ok"),
    ('limit: 2, error_if: ">2"', "warn", "ok"),
    ("fail_calc: max(x), error_if: '>4'", "warn", "ok"),
    ("enabled: false", None, "ok"),
]


def test_severity_and_limits(shop: Shop) -> None:
    for i, (config, _, _) in enumerate(SEVERITIES):
        shop.model(f"a{i}", FAILING)
        test = f"arguments: {{expression: x < 0}}, name: t{i}, config: {{{config}}}"
        shop.tests(f"a{i}", f"- expression_is_true: {{{test}}}")
        shop.model(f"b{i}", f"select * from {{{{ ref('a{i}') }}}}")
    found = statuses(build(shop, "path:models/free"))
    got = [(c, found.get(f"t{i}"), found[f"b{i}"]) for i, (c, _, _) in enumerate(SEVERITIES)]
    assert got == SEVERITIES


def test_a_failing_test_shows_its_place_and_its_rows(shop: Shop) -> None:
    shop.model("a", FAILING)
    shop.tests("a", "- expression_is_true:\n    arguments: {expression: x < 3}\n    name: t")
    result = step(build(shop, "a"), "t")
    assert (result.failures, result.message) == (2, "2 failing rows")
    assert str(result.at) == "models/free/a.yml:5"
    assert result.detail.splitlines() == ["  x=3", "  x=4"]


def test_failures_are_stored_on_demand_and_replaced(shop: Shop) -> None:
    shop.model("a", FAILING)
    shop.tests(
        "a",
        "- expression_is_true: {arguments: {expression: x < 3}, name: t, config: {store_failures: true}}",
    )
    assert step(build(shop, "a"), "t").relation == '"dbt_test__audit"."t"'
    assert shop.query("select x from dbt_test__audit.t order by x") == [(3,), (4,)]
    shop.model("a", "select * from range(4) as t(x)")
    shop.tests(
        "a",
        "- expression_is_true: {arguments: {expression: x < 3}, name: t, config: {store_failures: true}}",
    )
    build(shop, "a")
    assert shop.query("select x from dbt_test__audit.t") == [(3,)]


# test -> a query that passes it, a query that fails it
OF_COLUMNS = [
    ("unique", "select unnest([1, 2, null, null]) as x", "select unnest([1, 1]) as x"),
    ("not_null", "select 1 as x", "select null::int as x"),
    ("accepted_values: {arguments: {values: ['a', \"it's\"]}}",
     "select unnest(['a', 'it''s', null]) as x", "select 'b' as x"),
    ("accepted_values: {arguments: {values: [1, 2], quote: false}}", "select 1 as x", "select 3 as x"),
    ("relationships: {arguments: {to: ref('countries'), field: code}}",
     "select unnest(['DE', null]) as x", "select 'XX' as x"),
]  # fmt: skip
OF_MODELS = [
    ("primary_key: {arguments: {columns: [x, y]}}",
     "select 1 as x, unnest([1, 2]) as y", "select 1 as x, unnest([1, 1]) as y"),
    ("primary_key: {arguments: {columns: [x]}}", "select 1 as x", "select null as x"),
    ("expression_is_true: {arguments: {expression: x > 0}}", "select 1 as x", "select null::int as x"),
    ("equal_rowcount: {arguments: {compare_model: ref('countries')}}",
     "select * from range(2)", "select * from range(3)"),
    ("row_count_at_least: {arguments: {count: 2}}", "select * from range(2)", "select 1 as x"),
    ("row_count_at_most: {arguments: {count: 2}}", "select * from range(2)", "select * from range(3)"),
    ("recency: {arguments: {column: x, days: 3}}",
     "select date '2024-05-29' as x", "select date '2024-05-28' as x"),
    ("recency: {arguments: {column: x, days: 3}}",
     "select date '2024-05-29' as x", "select date '2024-05-29' as x where false"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("cases", "head", "indent"),
    [
        (OF_COLUMNS, "    columns:\n      - name: x\n        data_tests:", 10),
        (OF_MODELS, "    data_tests:", 6),
    ],
    ids=["of columns", "of models"],
)
def test_each_data_test_passes_and_fails(
    shop: Shop, cases: list[tuple[str, str, str]], head: str, indent: int
) -> None:
    expected = {}
    for i, (test, good, bad) in enumerate(cases):
        for name, sql, status in ((f"good{i}", good, "ok"), (f"bad{i}", bad, "failed")):
            shop.model(name, sql)
            path = shop.root / f"models/free/{name}.yml"
            path.write_text(f"{path.read_text()}{head}\n{' ' * indent}- {test}\n")
            expected[f"models/free/{name}.yml"] = status
    compiled_at = {t.unique_id: str(t.at.path) for t in load(shop.root, environ={}).data_tests}
    results = build(shop, "path:models/free", "countries")
    found = {
        compiled_at[s.unique_id]: str(s.status) for s in results.steps if s.kind == "data test"
    }
    assert {path: found.get(path) for path in expected} == expected


def test_a_unit_test_stands_before_its_model(shop: Shop) -> None:
    shop.edit("models/marts/customer_orders.yml", "ann,2,3.0000,1.5", "ann,2,4.0000,2.0")
    found = statuses(build(shop))
    assert found["orders_without_a_customer_are_left_out"] == "failed"
    assert found["customer_orders"] == "skipped"
    assert found["country_orders"] == "ok"


# -- relations ----------------------------------------------------------------------------------
def test_table_view_and_ephemeral_may_change_into_each_other(shop: Shop) -> None:
    kinds = []
    for how in ("table", "view", "ephemeral", "table"):
        shop.model("a", f"{{{{ config(materialized='{how}') }}}} select '{how}' as x")
        shop.model("b", "{{ config(materialized='table') }} select * from {{ ref('a') }}")
        assert build(shop, "a", "b").ok
        assert shop.query("select x from main.b") == [(how,)]
        kinds.append(
            shop.query("select table_type from information_schema.tables where table_name = 'a'")
        )
    assert kinds[0] == kinds[3] == [("BASE TABLE",)]
    assert kinds[1] == [("VIEW",)]


def test_ephemeral_models_may_stand_on_each_other(shop: Shop) -> None:
    shop.model("a", "{{ config(materialized='ephemeral') }} select 1 as x")
    shop.model(
        "b",
        "{{ config(materialized='ephemeral') }} with q as (select * from {{ ref('a') }}) select x + 1 as x from q",
    )
    shop.model("c", "select a.x as a, b.x as b from {{ ref('a') }} as a, {{ ref('b') }} as b")
    shop.tests("c", "- expression_is_true: {arguments: {expression: b = 2}}")
    assert build(shop, "c").ok
    assert shop.query("select * from main.c") == [(1, 2)]


@pytest.mark.parametrize("threads", [1, 4])
def test_the_result_does_not_depend_on_the_threads(shop: Shop, threads: int) -> None:
    for i in range(12):
        reads = [f"select * from {{{{ ref('m{j}') }}}}" for j in range(i) if j % 3 == i % 3]
        shop.model(f"m{i}", " union all ".join(["select 1 as x", *reads]))
    results = build(shop, "path:models/free", threads=threads)
    assert results.ok
    # m0, m3, m6, m9 read all before them: 1, 2, 4, 8 rows
    assert [shop.query(f"select count(*) from main.m{i}")[0][0] for i in (0, 3, 6, 9)] == [
        1,
        2,
        4,
        8,
    ]


def test_a_second_build_gives_the_same_and_a_failed_one_keeps_the_old_rows(built: Shop) -> None:
    before = built.state()
    assert built.run("build").code == 0
    assert built.state()[1] == before[1]
    built.edit(
        "models/marts/customer_orders.sql",
        "sum(amount)",
        "sum(case when amount > 30 then error('x') end)",
    )
    built.edit("models/marts/customer_orders.sql", "error('x')", "cast(error('x') as integer)")
    assert built.run("build").code == 1
    assert built.state() == (before[0], before[1])


# -- commands -----------------------------------------------------------------------------------
def test_run_builds_and_tests_nothing(shop: Shop) -> None:
    results = build(shop, command="run")
    assert {s.kind for s in results.steps} == {"model", "seed"}
    assert not shop.published.exists()


def test_test_only_tests(built: Shop) -> None:
    results = build(built, command="test")
    assert {s.kind for s in results.steps} == {"data test", "unit test"}
    assert results.ok


def test_a_selected_model_brings_its_tests_and_missing_inputs(shop: Shop) -> None:
    found = statuses(build(shop, "stg_orders"))
    assert found["raw_orders"] == "ok"
    assert found["primary_key_stg_orders_order_id"] == "ok"
    assert "customer_orders" not in found


def test_run_results_say_what_happened(shop: Shop) -> None:
    shop.model("a", FAILING)
    shop.tests("a", "- expression_is_true: {arguments: {expression: x < 3}, name: t}")
    build(shop, "a")
    document = json.loads((shop.root / "target/run_results.json").read_text())
    by_id = {".".join(r["unique_id"].split(".")[:3]): r for r in document["results"]}
    assert by_id["model.shop.a"]["status"] == "success"
    assert by_id["test.shop.t"]["status"] == "fail"
    assert by_id["test.shop.t"]["failures"] == 2
    assert by_id["test.shop.t"]["adapter_response"]["at"] == "models/free/a.yml:5"


# -- Ctrl-C -------------------------------------------------------------------------------------
LONG = """\
-- rows: far too many
select count(*) as n
from range(100000000) as a(x), range(100000) as b(y), {{ ref("customer_orders") }}
where hash(x + y + orders) = 1
"""


@pytest.mark.parametrize("threads", ["1", "4"])
def test_ctrl_c_stops_at_once_and_leaves_everything_as_it_was(built: Shop, threads: str) -> None:
    published, tables = built.state()
    built.write("models/marts/long.sql", LONG)
    built.write(
        "models/marts/long.yml",
        "models: [{name: long, description: x, config: {contract: {enforced: false}}}]",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "retention_pipeline", "build", "--threads", threads],
        cwd=built.root,
        env=environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # whoever runs the tests in the background may ignore SIGINT, and children inherit that
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    guard = threading.Timer(40, process.kill)
    guard.start()
    try:
        assert process.stdout
        said: list[str] = []
        while not any("model     customer_orders" in line for line in said):  # `long` is next
            said.append(process.stdout.readline())
            assert said[-1], said
        time.sleep(0.3)
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
        guard.cancel()
    assert process.returncode == 130, (said, out, err)
    assert "interrupted" in out + err
    assert "Traceback" not in err
    assert built.published.read_bytes() == published
    assert not list(built.root.rglob("*.building*"))
    (built.root / "models/marts/long.sql").unlink()
    (built.root / "models/marts/long.yml").unlink()
    assert built.run("build").code == 0
    assert built.state()[1] == tables


def test_the_working_database_is_a_plain_duckdb_file(built: Shop) -> None:
    with duckdb.connect(str(built.working), read_only=True) as con:
        assert con.execute("select count(*) from staging.stg_orders").fetchone() == (4,)
