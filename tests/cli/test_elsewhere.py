"""--defer and clone: what an earlier run has built is read there, or copied."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Shop


@pytest.fixture
def earlier(built: Shop, tmp_path: Path) -> Path:
    """The artifacts and the database of a build, put aside; here nothing is built any more."""
    assert built.run("build").code == 0
    folder = tmp_path / "earlier"
    shutil.copytree(built.root / "target", folder)
    shutil.move(built.working, folder / "build.duckdb")
    shutil.rmtree(built.root / "target")
    return folder


# -- defer ----------------------------------------------------------------------------------------
def test_what_is_not_built_here_is_read_there(built: Shop, earlier: Path) -> None:
    done = built.run("build", "-s", "customer_orders", "--defer", "--state", str(earlier))
    assert done.code == 0, done.text
    # ann: 10.50 + 30.25, bob: 20.00
    assert built.query("select * from marts.customer_orders order by all") == [
        ("ann", 2, 40.75, 20.375),
        ("bob", 1, 20.0, 20.0),
    ]
    names = "select table_name from duckdb_tables() where schema_name = 'marts'"
    assert built.query(names) == [("customer_orders",)]
    assert "not published" in done.out
    manifest = json.loads((built.root / "target/manifest.json").read_text())
    assert manifest["nodes"]["model.shop.stg_orders"]["schema"] == "staging"


def test_without_defer_the_same_fails(built: Shop, earlier: Path) -> None:
    assert built.run("build", "-s", "customer_orders").code == 1
    done = built.run("build", "-s", "customer_orders", "--defer")
    assert (done.code, "add --state DIR" in done.err) == (2, True), done.text


def test_what_is_built_here_wins_unless_the_state_is_favoured(built: Shop, earlier: Path) -> None:
    built.edit(
        "seeds/raw_orders.csv",
        "o2,bob,2024-01-06 00:00:00,20.00",
        "o2,bob,2024-01-06 00:00:00,50.00",
    )
    assert built.run("run", "-s", "stg_orders").code == 0
    state = "--defer", "--state", str(earlier)
    bob = "select revenue from marts.customer_orders where customer_id = 'bob'"
    assert built.run("run", "-s", "customer_orders", *state).code == 0
    assert built.query(bob) == [(50,)]
    done = built.run("run", "-s", "customer_orders", *state, "--favor-state")
    assert done.code == 0, done.text
    assert built.query(bob) == [(20,)]
    assert built.run("run", "-s", "customer_orders").code == 0
    assert built.query(bob) == [(50,)]


def test_only_what_changed_is_built_against_the_rest(built: Shop, earlier: Path) -> None:
    built.edit("models/marts/country_orders.sql", "count(*)", "count(1)")
    state = "--state", str(earlier)
    done = built.run("build", "-s", "state:modified+", "--defer", *state)
    assert done.code == 0, done.text
    names = "select table_name from duckdb_tables() where schema_name = 'marts'"
    assert built.query(names) == [("country_orders",)]


def test_a_test_can_be_deferred(built: Shop, earlier: Path) -> None:
    done = built.run(
        "test", "-s", "customer_orders", "--defer", "--favor-state", "--state", str(earlier)
    )
    assert done.code == 1  # what is tested is selected, and it is not built here
    assert built.run("build", "-s", "customer_orders", "--defer", "--state", str(earlier)).code == 0


def test_show_and_compile_read_there_too(built: Shop, earlier: Path) -> None:
    defer = "--defer", "--state", str(earlier)
    assert built.run("show", "customer_orders").code == 2  # nothing is built
    there = built.run(
        "show", "--select", "customer_orders", *defer, "--output", "json", "--limit", "-1"
    )
    # ann: 10.50 + 30.25, bob: 20.00
    found = [(row["customer_id"], float(row["revenue"])) for row in json.loads(there.out)]
    assert sorted(found) == [("ann", 40.75), ("bob", 20.0)], there.text
    sums = "select sum(revenue) as s from {{ ref('customer_orders') }}"
    assert "60.75" in built.run("show", "--inline", sums, *defer).out
    assert not built.working.exists()
    done = built.run("compile", "-s", "customer_orders", *defer)
    assert (done.code, '"earlier"."staging"."stg_orders"' in done.out) == (0, True), done.text
    assert '"earlier"' not in built.run("compile", "-s", "customer_orders").out


def test_other_vars_are_named(built: Shop, earlier: Path) -> None:
    given = "--vars", "{as_of: 2024-02-01}"
    done = built.run("run", "-s", "customer_orders", "--defer", "--state", str(earlier), *given)
    assert done.code == 0, done.text
    assert "was built with as_of = None, here it is 2024-02-01" in done.out


def test_a_database_that_is_not_there_is_an_error(built: Shop, earlier: Path) -> None:
    (earlier / "build.duckdb").unlink()
    done = built.run("build", "-s", "customer_orders", "--defer", "--state", str(earlier))
    assert (done.code, "nothing that the earlier run built is there" in done.err) == (
        2,
        True,
    )


# -- clone ----------------------------------------------------------------------------------------
def test_a_clone_is_up_to_date(built: Shop, earlier: Path) -> None:
    done = built.run("clone", "--state", str(earlier))
    assert done.code == 0, done.text
    assert "cloned         marts.customer_orders 2 rows" in done.out
    again = built.run("build")
    assert again.code == 0, again.text
    assert "ok       model" not in again.out
    assert "reused   model     customer_orders" in again.out


def test_after_a_clone_only_what_differs_is_built(built: Shop, earlier: Path) -> None:
    assert built.run("clone", "--state", str(earlier)).code == 0
    built.edit("models/marts/country_orders.sql", "count(*)", "count(1)")
    done = built.run("build")
    assert done.code == 0, done.text
    assert "ok       model     country_orders" in done.out
    assert "reused   model     customer_orders" in done.out


def test_what_is_there_stays_unless_asked(built: Shop, earlier: Path) -> None:
    built.edit("seeds/raw_orders.csv", "20.00", "50.00")
    assert built.run("build").code == 0
    done = built.run("clone", "-s", "customer_orders", "--state", str(earlier))
    assert "there already  marts.customer_orders" in done.out
    bob = "select revenue from marts.customer_orders where customer_id = 'bob'"
    assert built.query(bob) == [(50,)]
    flags = "--full-refresh", "--state", str(earlier)
    assert built.run("clone", "-s", "customer_orders", *flags).code == 0
    assert built.query(bob) == [(20,)]
    assert built.run("build").code == 0
    assert built.query(bob) == [(50,)]


def test_a_run_of_dbt_has_its_database_beside_it(built: Shop, earlier: Path) -> None:
    path = earlier / "manifest.json"
    document = json.loads(path.read_text())
    document["metadata"]["env"] = {}
    path.write_text(json.dumps(document))
    state = "--state", str(earlier)
    assert built.run("run", "-s", "customer_orders", "--defer", *state).code == 0


def test_history_is_cloned(built: Shop, tmp_path: Path) -> None:
    built.model("kept", "{{ config(materialized='incremental') }} select 1 as x")
    assert built.run("build").code == 0
    assert built.run("build").code == 0
    folder = tmp_path / "earlier"
    shutil.copytree(built.root / "target", folder)
    rows = built.query("from main.kept")
    shutil.move(built.working, folder / "build.duckdb")
    assert built.run("clone", "-s", "kept", "--state", str(folder)).code == 0
    assert built.query("from main.kept") == rows


def test_personal_data_is_followed_as_if_all_were_here(built: Shop, tmp_path: Path) -> None:
    built.edit(
        "models/raw/sources.yml",
        "{name: country, data_type: varchar}",
        "{name: country, data_type: varchar, config: {meta: {pii: direct}}}",
    )
    for path in built.root.rglob("country_orders.*"):
        path.unlink()
    assert built.run("build").code == 0
    folder = tmp_path / "earlier"
    shutil.copytree(built.root / "target", folder)
    shutil.move(built.working, folder / "build.duckdb")
    done = built.run("build", "-s", "customer_orders", "--defer", "--state", str(folder))
    assert done.code == 0, done.text
