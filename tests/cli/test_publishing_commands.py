"""Two builds at once, plan, retry, diff, publish, versions: as a user types them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from retention_pipeline.lock import held
from tests.conftest import Shop, environment

NEW_CUSTOMER = ("seeds/raw_orders.csv", "o4,,", "o4,cid,")
FAILS = ('expression: "orders > 0"', 'expression: "orders > 1"')
YML = "models/marts/customer_orders.yml"


def version(shop: Shop) -> str:
    """The build that is live."""
    document = json.loads(shop.published.with_name("published.json").read_text())
    return str(document["build_id"])


# -- two at once --------------------------------------------------------------------------------
@pytest.mark.parametrize("command", ["build", "run", "test", "publish", "rollback"])
def test_the_second_build_says_who_is_at_work(built: Shop, command: str) -> None:
    before = built.published.read_bytes()
    with held(str(built.working), "2024-06-01 12:00:00 UTC"):
        done = built.run(command)
    assert done.code == 1
    assert "RP402 another build (process " in done.err
    assert "since 2024-06-01 12:00:00 UTC) is running" in done.err
    assert "--wait SECONDS" in done.err
    assert built.published.read_bytes() == before


def test_the_second_build_waits_as_long_as_it_is_told(built: Shop) -> None:
    built.edit(*NEW_CUSTOMER)
    with held(str(built.working), "now"):
        began = time.monotonic()
        assert built.run("build", "--wait", "0.5").code == 1
        assert time.monotonic() - began > 0.5
        waiting = subprocess.Popen(
            [sys.executable, "-m", "retention_pipeline", "build", "--wait", "60"],
            cwd=built.root,
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        time.sleep(1)
        assert waiting.poll() is None
    out, _ = waiting.communicate(timeout=60)
    assert (waiting.returncode, "published 2 marts" in out) == (0, True)


@pytest.mark.slow
def test_builds_at_the_same_time_all_end_well(built: Shop) -> None:
    built.edit(*NEW_CUSTOMER)
    words = [sys.executable, "-m", "retention_pipeline", "build", "-q", "--wait", "60"]
    builds = [
        subprocess.Popen(
            words, cwd=built.root, env=environment(), stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    ends = [build.communicate(timeout=120)[0].splitlines()[-1] for build in builds]
    assert [build.returncode for build in builds] == [0, 0, 0]
    assert sorted(end.split(" ")[0] for end in ends) == ["nothing", "nothing", "published"]


# -- orphans ------------------------------------------------------------------------------------
def test_a_renamed_mart_is_dropped_and_the_plan_says_so(built: Shop) -> None:
    for suffix in ("sql", "yml"):
        path = built.root / f"models/marts/country_orders.{suffix}"
        text = path.read_text().replace("country_orders", "orders_by_country")
        path.with_stem("orders_by_country").write_text(text)
        path.unlink()
    planned = built.run("plan").out
    assert 'drop     "marts"."country_orders" (model.shop.country_orders is gone)' in planned
    assert "build    model     orders_by_country (not built yet)" in planned
    assert built.query("select count(*) from marts.country_orders") == [(2,)]
    done = built.run("build")
    assert (done.code, 'dropped "marts"."country_orders"' in done.out) == (0, True)
    names = "select table_name from duckdb_tables() where schema_name = 'marts' order by 1"
    assert built.query(names) == [("customer_orders",), ("orders_by_country",)]
    assert ("country_orders",) not in built.query(names, published=True)


def test_a_model_left_out_keeps_its_last_good_table(built: Shop) -> None:
    built.edit(*NEW_CUSTOMER)
    assert built.run("build", "--exclude", "country_orders").code == 0
    assert built.query("select count(*) from marts.country_orders") == [(2,)]
    assert "not up to date with the rest: country_orders" in built.run("publish").out


# -- a failing test -----------------------------------------------------------------------------
def test_the_last_line_says_that_readers_have_what_they_had(built: Shop) -> None:
    before = built.published.read_bytes()
    built.edit(*NEW_CUSTOMER)
    built.edit(YML, *FAILS)
    for quiet in ((), ("-q",)):
        done = built.run("build", *quiet)
        last = done.out.splitlines()[-1]
        assert done.code == 1
        assert last == (f"not published: the build did not pass; {built.published} is as it was")
    assert built.published.read_bytes() == before


def test_where_nothing_was_published_nothing_is_said_to_be_as_it_was(shop: Shop) -> None:
    shop.model("bad", "select 1 / 0 as x, error('no') as y")
    done = shop.run("build")
    assert done.code == 1
    assert not shop.published.exists()
    assert done.out.splitlines()[-1] == "not published: the build did not pass"


def test_retry_runs_what_failed_and_publishes(built: Shop) -> None:
    broken = ("cast(orders as bigint)", "cast(error('x') as bigint)")
    built.edit("models/marts/country_orders.sql", "count(*)", "count(*) + 1")
    built.edit("models/marts/customer_orders.sql", *broken)
    assert built.run("build").code == 1
    again = built.run("retry")
    assert (again.code, "country_orders" in again.out) == (1, False)
    built.edit("models/marts/customer_orders.sql", *reversed(broken))
    done = built.run("retry")
    assert done.code == 0, done.text
    assert "model     country_orders" not in done.out
    assert "published 2 marts (1 changed)" in done.out
    done = built.run("retry")
    assert (done.code, "nothing failed in the last run" in done.err) == (2, True)


def test_retry_of_an_input_builds_what_was_skipped(built: Shop) -> None:
    head = "order_id,customer_id,ordered_at,amount,country\n"
    words = ("--vars", "{inputs_path: in, as_of: 2024-06-01}")
    path = built.write("in/orders.csv", head + "o1,a,soon,1,DE\n")
    assert built.run("build", *words).code == 1
    path.write_text(head + "o1,a,2024-01-01,1,DE\n")
    done = built.run("retry")  # with the vars of the run that failed
    assert done.code == 0, done.text
    assert built.query("select orders from marts.customer_orders", published=True) == [(1,)]


def test_retry_does_what_was_done(built: Shop) -> None:
    """dbt: the same command with the same flags; `run` publishes nothing and tests nothing."""
    broken = ("cast(orders as bigint)", "cast(error('x') as bigint)")
    for command in (("run",), ("build", "--no-publish")):
        before = built.published.read_bytes()
        built.edit("models/marts/customer_orders.sql", *broken)
        assert built.run(*command).code == 1
        built.edit("models/marts/customer_orders.sql", *reversed(broken))
        built.edit("models/marts/customer_orders.sql", "count(*)", "count(*) + 0")
        done = built.run("retry")
        assert done.code == 0, done.text
        assert ("data tests" in done.out) == (command != ("run",))
        assert built.published.read_bytes() == before


def test_retry_of_what_is_gone(built: Shop) -> None:
    """The name of a test says its arguments: another expression is another test."""
    built.edit(YML, *FAILS)
    assert built.run("build").code == 1
    built.edit(YML, *reversed(FAILS))
    done = built.run("retry")
    assert (done.code, "no longer there\n  fix: pipeline build" in done.err) == (2, True)


def test_retry_without_a_last_run(shop: Shop) -> None:
    done = shop.run("retry")
    assert (done.code, "there is no last run to retry" in done.err) == (2, True)


# -- diff ---------------------------------------------------------------------------------------
def test_what_a_build_would_change(built: Shop) -> None:
    """As in CI: build, do not publish, compare with what is live."""
    before = built.published.read_bytes()
    built.edit(*NEW_CUSTOMER)
    built.edit("seeds/raw_orders.csv", "30.25", "31.25")
    done = built.run("build", "--no-publish")
    assert (done.code, done.out.splitlines()[-1]) == (0, "not published: --no-publish")
    # cid is new; ann's revenue is 41.75 instead of 40.75, half of that each order
    found = json.loads(built.run("diff", "--output", "json").out)
    (mart,) = (m for m in found["marts"] if m["name"] == "customer_orders")
    assert (mart["added"], mart["removed"], mart["changed"]) == (1, 0, 1)
    (revenue,) = (c for c in mart["columns"] if c["name"] == "revenue")
    assert revenue["rows"] == 1
    assert revenue["max_absolute"] == pytest.approx(1.0)
    assert revenue["max_relative"] == pytest.approx(1 / 40.75)
    text = built.run("diff", "--mart", "customer_orders").out
    assert "cid" in text
    assert "ann" in text
    markdown = built.run("diff", "--output", "markdown").out
    assert "| customer_orders |" in markdown.replace("`", "").replace("*", "")
    assert built.published.read_bytes() == before
    assert "published 2 marts (1 changed)" in built.run("publish").out
    assert "no difference" in built.run("diff").out.lower()


def test_two_published_versions(built: Shop) -> None:
    first = version(built)
    built.edit(*NEW_CUSTOMER)
    assert built.run("build").code == 0
    found = json.loads(built.run("diff", first[:10], version(built), "--output", "json").out)
    (mart,) = (m for m in found["marts"] if m["name"] == "customer_orders")
    assert (mart["added"], mart["removed"], mart["changed"]) == (1, 0, 0)
    lines = built.run("versions").out.splitlines()
    assert [line.split()[:2] for line in lines] == [["live", version(built)], ["kept", first]]
    done = built.run("diff", "nope")
    assert (done.code, "no published version 'nope'" in done.err) == (2, True)


def test_diff_before_anything_is_published(shop: Shop) -> None:
    done = shop.run("diff")
    assert (done.code, "nothing is published yet" in done.err) == (2, True)


# -- all anew -----------------------------------------------------------------------------------
def test_full_refresh_makes_no_version_where_nothing_changed(built: Shop) -> None:
    """Every model runs; the rows decide what is published, as always."""
    before, first = built.published.read_bytes(), version(built)
    done = built.run("build", "--full-refresh")
    assert (done.code, "reused" in done.out) == (0, False)
    assert "ok       model     customer_orders 2 rows (--full-refresh)" in done.out
    assert done.out.splitlines()[-1].startswith("nothing to publish: ")
    assert (built.published.read_bytes(), version(built)) == (before, first)
    built.edit(*NEW_CUSTOMER)
    assert "published 2 marts (1 changed)" in built.run("build", "-f").out
    assert [p.name for p in (built.published.parent / "versions").iterdir()] == [
        f"retention-{first}.duckdb"
    ]


def test_publish_fresh_writes_every_mart_anew(built: Shop) -> None:
    first = version(built)
    assert "published 2 marts (2 changed)" in built.run("publish", "--fresh").out
    assert version(built) != first
    assert Path(built.published.parent / f"versions/retention-{first}.duckdb").exists()
