"""A build with nothing to do is answered before anything heavy is imported, and never wrongly."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from retention_pipeline import noop
from tests.conftest import Shop

Ask = Callable[..., list[str] | None]


@pytest.fixture
def ask(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Build once, then ask the cheap question; every file counts as old enough to be vouched for."""
    monkeypatch.setattr(noop, "SETTLED_NS", -(10**15))
    monkeypatch.setattr(sys, "argv", ["pipeline", "build"])
    monkeypatch.chdir(shop.root)
    assert shop.run("build").code == 0

    def question(*argv: str, **environ: str) -> list[str] | None:
        words = argv or ("build",)
        return noop.try_skip(words, Path.cwd(), {**os.environ, **environ}, lambda _: "2030-01-01")

    return question


def test_nothing_changed_says_what_a_full_build_would_say(shop: Shop, ask: Ask) -> None:
    lines = ask()
    assert lines is not None
    full = shop.run("build").out.splitlines()
    reused = [line for line in full if line.startswith("reused")]
    assert reused
    assert sorted(line for line in lines if line.startswith("reused")) == sorted(reused)


@pytest.mark.parametrize(
    "argv", [("run",), ("build", "-s", "x"), ("build", "--full-refresh"), ("build", "--retest"), ()]
)
def test_other_questions_go_the_full_way(ask: Ask, argv: tuple[str, ...]) -> None:
    assert (ask(*argv) is None) == bool(argv)


def test_any_change_goes_the_full_way(shop: Shop, ask: Ask) -> None:
    model = next(iter((shop.root / "models").rglob("*.sql")))
    text = model.read_text()
    model.write_text(text + "\n")
    assert ask() is None


def test_a_new_file_goes_the_full_way(shop: Shop, ask: Ask) -> None:
    shop.write("models/free/new.sql", "select 1 as x")
    assert ask() is None


def test_a_lost_output_goes_the_full_way(shop: Shop, ask: Ask) -> None:
    shop.published.unlink()
    assert ask() is None


def test_a_project_without_marts_is_skipped_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from retention_pipeline.cli import run_main

    monkeypatch.setattr(noop, "SETTLED_NS", -(10**15))
    monkeypatch.setattr(sys, "argv", ["pipeline", "build"])
    (tmp_path / "models").mkdir()
    (tmp_path / "models/a.sql").write_text("select 1 as x")
    (tmp_path / "dbt_project.yml").write_text("name: p\nversion: '1'\nprofile: p\n")
    (tmp_path / "profiles.yml").write_text(
        "p: {target: d, outputs: {d: {type: duckdb, path: build.duckdb}}}\n"
    )
    monkeypatch.chdir(tmp_path)
    assert run_main(["build"]) == 0
    assert noop.try_skip(["build"], tmp_path, os.environ, lambda _: "2030-01-01") is not None


# -- what the record cannot vouch for -----------------------------------------------------------
def asked_after_build(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.setattr(noop, "SETTLED_NS", -(10**15))
    monkeypatch.setattr(sys, "argv", ["pipeline", "build"])
    assert shop.run("build").code == 0
    return lambda: noop.try_skip(["build"], Path.cwd(), os.environ, lambda _: "2024-06-01")


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('outside.csv')",
        "select * from {{ source('others', 'things') }}",
    ],
)
def test_what_others_may_have_changed_goes_the_full_way(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    shop.write("outside.csv", "a\n1\n")
    shop.write(
        "models/raw/others.yml",
        "sources:\n  - {name: others, schema: theirs, tables: [{name: things}]}\n",
    )
    with duckdb.connect(str(_made(shop.working))) as con:
        con.execute("create schema theirs")
        con.execute("create table theirs.things as select 1 as a")
    shop.model("volatile", sql)
    assert asked_after_build(shop, monkeypatch)() is None


def test_a_test_that_reads_files_goes_the_full_way(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write("outside.csv", "a\n")
    shop.write("tests/data/assert_outside.sql", "select * from read_csv('outside.csv') where a = 2")
    assert asked_after_build(shop, monkeypatch)() is None


@pytest.mark.parametrize("place", ["data/*/orders.csv", "data"])
def test_a_new_file_at_an_input_location_goes_the_full_way(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    text = (shop.root / "seeds/raw_orders.csv").read_text()
    (shop.root / "seeds/raw_orders.csv").unlink()
    shop.edit("dbt_project.yml", "input_locations: {}", f"input_locations: {{orders: '{place}'}}")
    shop.edit("dbt_project.yml", "as_of: null", "as_of: '2024-06-01'")
    one, two = (
        ("data/a/orders.csv", "data/b/orders.csv")
        if "/*/" in place
        else (
            "data/orders_1.csv",
            "data/orders_2.csv",
        )
    )
    shop.write(one, text)
    ask = asked_after_build(shop, monkeypatch)
    assert ask() is not None
    shop.write(two, text.splitlines()[0] + "\n")
    assert ask() is None


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


# -- lists --------------------------------------------------------------------------------------
@pytest.fixture
def listing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """List by the full way, then ask the cheap question; every file is old enough."""
    monkeypatch.setattr(noop, "SETTLED_NS", -(10**15))
    monkeypatch.chdir(shop.root)

    def question(*argv: str) -> list[str] | None:
        words = argv or ("ls",)
        return noop.try_skip(words, Path.cwd(), os.environ, lambda _: "2030-01-01")

    def ask(*argv: str, then: Callable[[], object] = lambda: None) -> list[str] | None:
        monkeypatch.setattr(sys, "argv", ["pipeline", *(argv or ("ls",))])
        done = shop.run(*(argv or ("ls",)))
        assert done.code == 0, done.text
        then()
        found = question(*argv)
        assert found is None or found == done.out.splitlines()
        return found

    return ask


def test_a_list_is_answered_from_the_last_one(listing: Ask) -> None:
    assert listing("ls")
    assert listing("list", "--output", "json", "-s", "stg_orders+")
    assert len(listing("ls", "--output", "path") or ()) == len(listing("ls") or ())


def test_a_list_of_a_changed_project_is_made_anew(shop: Shop, listing: Ask) -> None:
    model = next(iter((shop.root / "models").rglob("*.yml")))
    changes = (
        lambda: shop.model("new", "select 1 as x"),
        lambda: model.write_text(model.read_text() + "\n"),
        lambda: shop.write("selectors.yml", "selectors: []\n"),
        lambda: (shop.root / "models/free/new.sql").unlink(),
    )
    for change in changes:
        assert listing("ls")
        assert listing("ls", then=change) is None


@pytest.mark.parametrize(
    "argv",
    [
        ("check",),
        ("lineage", "customer_orders"),
        ("lineage", "stg_orders.amount", "--format", "json"),
    ],
)
def test_other_answers_too(shop: Shop, listing: Ask, argv: tuple[str, ...]) -> None:
    assert listing(*argv)
    model = shop.root / "models/staging/stg_orders.sql"
    assert listing(*argv, then=lambda: model.write_text(model.read_text() + "\n")) is None


def test_an_answer_for_which_other_files_were_read_is_made_anew(shop: Shop, listing: Ask) -> None:
    shop.write("outside.csv", "a\n1\n")
    shop.model("reads", "select * from read_csv('outside.csv')")
    assert listing("check") is None
    assert listing("ls")


def test_a_list_that_looks_elsewhere_is_made_anew(shop: Shop, listing: Ask) -> None:
    assert shop.run("compile").code == 0
    (shop.root / "target").rename(shop.root / "before")
    assert listing("ls", "-s", "state:unmodified", "--state", "before") is None


def test_only_a_dozen_ways_to_ask_are_kept(shop: Shop, listing: Ask) -> None:
    for turn in range(14):
        assert listing("ls", *["--output", "name"] * (turn % 2), *["-s", "stg_orders"] * (turn + 1))
    assert len(list((shop.root / noop.FOLDER).glob("last-[!b]*.json"))) == 12


def test_a_changed_package_goes_the_full_way(shop: Shop, listing: Ask) -> None:
    shop.write("dbt_packages/more/dbt_project.yml", "name: more\nversion: '1.0'\n")
    shop.write("dbt_packages/more/models/of_more.sql", "select 1 as x")
    changes = (
        lambda: shop.edit("dbt_packages/more/dbt_project.yml", "1.0", "1.1"),
        lambda: shop.write("dbt_packages/other/dbt_project.yml", "name: other\nversion: '1.0'\n"),
        lambda: shop.write("packages.yml", "packages: []\n"),
    )
    for change in changes:
        assert listing("ls")
        assert listing("ls", then=change) is None
