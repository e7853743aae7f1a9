"""The published file: whole or not at all, and never what a failed test has doubts about."""

import json
import os
import subprocess
from pathlib import Path

import duckdb
import pytest

from retention_pipeline.publishing import content, database
from tests.conftest import Shop

META = {"build_info", "published_tables", "test_results"}


def published_marts(shop: Shop) -> list[tuple[str, str]]:
    rows = shop.query("select schema_name, table_name from duckdb_tables()", published=True)
    return sorted((schema, name) for schema, name in rows if name not in META)


def comments(shop: Shop) -> dict[str, str]:
    rows = shop.query(
        "select table_name || '.' || column_name, comment from duckdb_columns()"
        " where schema_name = 'marts' and not internal union all"
        " select table_name, comment from duckdb_tables() where schema_name = 'marts'",
        published=True,
    )
    return {name: text for name, text in rows if name.split(".")[0] not in META}


def test_it_holds_the_marts_and_nothing_else(built: Shop) -> None:
    assert published_marts(built) == [("marts", "country_orders"), ("marts", "customer_orders")]
    assert built.query("select * from marts.customer_orders order by 1", published=True) == [
        ("ann", 2, pytest.approx(40.75), 20.375),
        ("bob", 1, 20, 20.0),
    ]


def test_tables_and_columns_are_described(built: Shop) -> None:
    assert comments(built) == {
        "customer_orders": "One row is one customer who ordered.",
        "customer_orders.customer_id": "The customer's id.",
        "customer_orders.orders": "Number of orders.",
        "customer_orders.revenue": "Sum of the amounts.",
        "customer_orders.revenue_per_order": "revenue / orders.",
        "country_orders": "One row is one country.",
        "country_orders.country": "The country.",
        "country_orders.orders": "Number of orders.",
    }


def test_it_opens_read_only_without_a_wal(built: Shop) -> None:
    built.published.chmod(0o444)
    assert built.query("select count(*) from marts.country_orders", published=True) == [(2,)]
    assert sorted(p.name for p in built.published.parent.iterdir()) == [
        ".build.lock",
        "build.duckdb",
        "published.json",
        "retention.duckdb",
    ]


def test_published_json_says_what_was_published(built: Shop) -> None:
    document = json.loads(built.published.with_name("published.json").read_text())
    assert document["as_of"] == "2024-06-01"
    rows = {name: table["rows"] for name, table in document["tables"].items()}
    assert rows == {"country_orders": 2, "customer_orders": 2}
    assert document["tests"] == {"ok": 10}


def test_the_file_tells_which_build_and_tests_it_is_from(built: Shop) -> None:
    (info,) = built.query("select build_id, as_of, project from marts.build_info", published=True)
    document = json.loads(built.published.with_name("published.json").read_text())
    assert info == (document["build_id"], "2024-06-01", "shop")
    kinds = "select kind, status, count(*), count(model) from marts.test_results group by all"
    assert sum(row[2] for row in built.query(kinds, published=True)) == 10
    names = "select distinct model from marts.test_results where kind = 'unit test'"
    assert built.query(names, published=True) == [("customer_orders",)]


def test_a_reader_keeps_its_data_and_blocks_nobody(built: Shop) -> None:
    with duckdb.connect(str(built.published), read_only=True) as reader:
        assert reader.execute("select count(*) from marts.customer_orders").fetchone() == (2,)
        built.edit("seeds/raw_orders.csv", "o4,,", "o4,cid,")
        assert built.run("build").code == 0
        assert reader.execute("select count(*) from marts.customer_orders").fetchone() == (2,)
    assert built.query("select count(*) from marts.customer_orders", published=True) == [(3,)]


def test_a_view_in_marts_is_published_as_a_table(built: Shop) -> None:
    built.edit("dbt_project.yml", "marts: {+materialized: table", "marts: {+materialized: view")
    assert built.run("build").code == 0
    assert built.query("select count(*) from marts.customer_orders", published=True) == [(2,)]


def test_a_removed_mart_leaves_the_file(built: Shop) -> None:
    (built.root / "models/marts/country_orders.sql").unlink()
    (built.root / "models/marts/country_orders.yml").unlink()
    assert built.run("build").code == 0
    assert published_marts(built) == [("marts", "customer_orders")]


@pytest.mark.parametrize(
    "argv", [("--no-publish",), ("--select", "nope"), ("--vars", "{nope: 1}")]
)  # fmt: skip
def test_commands_that_do_not_publish(built: Shop, argv: tuple[str, ...]) -> None:
    before = built.published.read_bytes()
    built.edit("seeds/raw_orders.csv", "o4,,", "o4,cid,")
    built.run("build", *argv)
    assert built.published.read_bytes() == before


# -- failures -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "step", [(content, "write_tables"), (database, "keep"), (database, "put_in_place")]
)
def test_a_failure_leaves_the_file_byte_for_byte(
    built: Shop, monkeypatch: pytest.MonkeyPatch, step: tuple[object, str]
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = built.published.read_bytes()
    built.edit("seeds/raw_orders.csv", "o4,,", "o4,cid,")
    monkeypatch.setattr(*step, fail)
    done = built.run("build")
    assert done.code == 1
    assert "RP401 not published: No space left on device" in done.out
    assert str(built.published) in done.text
    assert built.published.read_bytes() == before
    assert not list(built.root.rglob("*.building*"))


def test_a_description_that_cannot_be_written_is_told_as_it_is(
    built: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    built.edit("seeds/raw_orders.csv", "o4,,", "o4,cid,")
    monkeypatch.setattr(database, "write_record", fail)
    done = built.run("build")
    assert done.code == 1
    assert "published, but not described beside it" in done.out
    assert built.query("select count(*) from marts.customer_orders", published=True) == [(3,)]


def test_after_a_failure_to_publish_the_next_build_publishes(
    built: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    built.edit("seeds/raw_orders.csv", "o4,,", "o4,cid,")
    with monkeypatch.context() as patch:
        patch.setattr(content, "write_tables", fail)
        assert built.run("build").code != 0
    assert built.run("build").code == 0
    assert built.query("select count(*) from marts.customer_orders", published=True) == [(3,)]


def test_a_place_that_cannot_be_written(built: Shop) -> None:
    built.write("file", "x")
    built.edit(
        "dbt_project.yml", "  inputs_path: null", "  published_path: null\n  inputs_path: null"
    )
    done = built.run("build", "--vars", "{published_path: file/retention.duckdb}")
    assert done.code == 2
    assert "file is a file, not a folder" in done.err


def test_what_a_dead_build_left_behind_is_swept(built: Shop) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    left = built.published.with_name(f"retention-{dead.pid}.building")
    left.write_text("half")
    alive = built.published.with_name(f"retention-{os.getppid()}.building")
    alive.write_text("at work")
    assert built.run("build").code == 0
    assert not left.exists()
    assert alive.exists()


def test_the_write_ahead_log_of_a_stranger_is_set_aside(built: Shop) -> None:
    wal = Path(f"{built.published}.wal")
    wal.write_bytes(b"not ours")
    assert built.run("build").code == 0
    assert built.query("select count(*) from marts.customer_orders", published=True) == [(2,)]
    assert not wal.exists()


# -- marks --------------------------------------------------------------------------------------
FAILS = ('expression: "orders > 0"', 'expression: "orders > 1"')


def test_a_mart_whose_test_failed_is_not_published_by_a_later_partial_build(built: Shop) -> None:
    before = built.published.read_bytes()
    built.edit("models/marts/customer_orders.yml", *FAILS)
    assert built.run("build").code == 1
    done = built.run("build", "--select", "country_orders")
    assert done.code == 0
    assert "not published: failed earlier and not passed since: expression_is_true" in done.out
    assert built.published.read_bytes() == before
    built.edit("models/marts/customer_orders.yml", *reversed(FAILS))
    done = built.run("build", "--select", "customer_orders")
    assert (done.code, "nothing to publish" in done.out) == (0, True)


def test_a_mart_that_failed_to_build_is_marked_too(built: Shop) -> None:
    broken = ("cast(orders as bigint)", "cast(error('x') as bigint)")
    built.edit("models/marts/customer_orders.sql", *broken)
    assert built.run("build", "--select", "customer_orders").code == 1
    assert "failed earlier" in built.run("build", "--select", "country_orders").out
    built.edit("models/marts/customer_orders.sql", *reversed(broken))
    assert "nothing to publish" in built.run("build").out


def test_a_mark_goes_with_its_test(built: Shop) -> None:
    built.edit("models/marts/customer_orders.yml", *FAILS)
    assert built.run("build").code == 1
    built.edit(
        "models/marts/customer_orders.yml",
        '      - expression_is_true: {arguments: {expression: "orders > 1"}}\n',
        "",
    )
    assert "published 2 marts" in built.run("build", "--select", "country_orders").out


def test_a_failed_test_command_blocks_the_next_publication(built: Shop) -> None:
    built.edit("models/marts/customer_orders.yml", *FAILS)
    assert built.run("test").code == 1
    assert "failed earlier" in built.run("build", "--select", "country_orders").out


def test_a_skipped_mart_is_not_published_with_old_rows_beside_new_ones(built: Shop) -> None:
    """customer_orders is skipped below a failing staging test; the rest must wait for it."""
    built.edit(
        "models/staging/stg_orders.yml",
        "[unique, not_null]",
        "[unique, not_null, {accepted_values: {arguments: {values: [o1]}}}]",
    )
    assert built.run("build").code == 1
    done = built.run("build", "--select", "country_orders")
    assert "published 2 marts" not in done.out


def test_an_input_that_failed_to_load_leaves_the_last_generation(built: Shop) -> None:
    before = built.query("select * from marts.country_orders order by all", published=True)
    built.write("in/orders.csv", "order_id,customer_id,ordered_at,amount,country\no1,a,soon,1,DE\n")
    inputs = ("--vars", "{inputs_path: in, as_of: 2024-06-01}")
    assert built.run("build", *inputs).code == 1
    done = built.run("build", "--select", "country_orders", *inputs)
    assert "reused   model     country_orders" in done.out
    assert built.query("select * from marts.country_orders order by all", published=True) == before


# -- nothing untested ---------------------------------------------------------------------------
def test_what_was_only_run_is_not_published_untested(built: Shop) -> None:
    """`pipeline run` tests nothing, and a crash may come between a table and its tests."""
    before = built.published.read_bytes()
    negative = ("cast(revenue as", "cast(-revenue as")
    built.edit("models/marts/customer_orders.sql", *negative)
    assert built.run("run").code == 0
    for argv in (("publish",), ("build", "--select", "countries")):
        done = built.run(*argv)
        assert "not published: not tested as they are now" in done.out, argv
        assert "assert_revenue_is_not_negative" in done.out
    assert built.published.read_bytes() == before
    assert built.run("test").code == 1
    assert "failed earlier" in built.run("publish").out
    built.edit("models/marts/customer_orders.sql", *reversed(negative))
    assert built.run("run").code == 0
    assert built.run("test").code == 0
    assert "published 2 marts (1 changed)" in built.run("publish").out


def test_a_unit_test_of_new_sql_must_have_run(built: Shop) -> None:
    built.edit("models/marts/customer_orders.sql", "revenue / orders", "(revenue + 0) / orders")
    assert built.run("run").code == 0
    assert "orders_without_a_customer_are_left_out" in built.run("publish").out
    assert built.run("test").code == 0
    assert built.run("publish").code == 0


def test_a_test_left_out_on_purpose_holds_up_nothing(built: Shop) -> None:
    built.edit("seeds/raw_orders.csv", "20.00", "-20.00")
    done = built.run("build", "--exclude", "assert_revenue_is_not_negative")
    assert (done.code, "published 2 marts" in done.out) == (0, True)


def test_a_first_partial_build_publishes_nothing_incomplete(shop: Shop) -> None:
    done = shop.run("build", "--select", "country_orders")
    assert done.code in (0, 1)
    assert "not published" in done.out
    assert not shop.published.exists()
