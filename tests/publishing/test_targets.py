"""From a project to what is published: targets, test rows, the build's facts."""

from __future__ import annotations

import json

import duckdb
import pytest

from retention_pipeline.publishing.history import rollback
from tests.conftest import Shop
from tests.project_files import ORDERS

VARS = "  inputs_path: null"
CHANGE = ("seeds/raw_orders.csv", "o4,,", "o4,cid,")


def configure(shop: Shop, text: str) -> None:
    shop.edit("dbt_project.yml", VARS, f"  {text}\n{VARS}")


def test_parquet_is_off_by_default(built: Shop) -> None:
    assert not list(built.root.rglob("*.parquet"))


def test_parquet_where_the_project_says_so(built: Shop) -> None:
    configure(built, "publish: {parquet: {path: out/parquet, keep_versions: 1}}")
    built.edit(*CHANGE)
    assert built.run("build").code == 0
    latest = built.root / "out/parquet/latest"
    rows = duckdb.execute(f"select count(*) from '{latest}/*/customer_orders.parquet'").fetchall()
    assert rows == [(3,)]
    manifest = json.loads((latest / "manifest.json").read_text())
    record = json.loads(built.published.with_name("published.json").read_text())
    assert manifest["build_id"] == record["build_id"]


def test_versions_are_kept_as_the_project_says(built: Shop) -> None:
    configure(built, "keep_versions: 1")
    first = json.loads(built.published.with_name("published.json").read_text())["build_id"]
    built.edit(*CHANGE)
    assert built.run("build").code == 0
    kept = [path.name for path in (built.published.parent / "versions").iterdir()]
    assert kept == [f"retention-{first}.duckdb"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("keep_versions: many", "var keep_versions: it is 'many'"),
        ("keep_versions: true", "var keep_versions: it is True"),
        ("publish: [parquet]", "var publish: it is ['parquet'], not a mapping"),
        ("publish: {parket: {path: x}}", "var publish.parket: 'parket' is no target"),
        ("publish: {parquet: x}", "var publish.parquet: it is 'x', not a mapping"),
        ("publish: {parquet: {keep_versions: 1}}", "var publish.parquet: it needs a path"),
        ("publish: {parquet: {path: x, paht: y}}", "var publish.parquet.paht: 'paht' means"),
        ("publish: {parquet: {path: 7}}", "var publish.parquet.path: it is 7, not a path"),
        ("publish: {parquet: {path: profiles.yml/x}}", "profiles.yml is a file, not a folder"),
        (
            "publish: {parquet: {path: x, keep_versions: -1}}",
            "var publish.parquet.keep_versions: it is -1",
        ),
        ("published_path: [x]", "var published_path: it is ['x'], not a path"),
        ("published_path: models", "var published_path: 'models' is a folder"),
        ("published_path: profiles.yml/x.duckdb", "profiles.yml is a file, not a folder"),
        ("published_path: out/marts.duckdb", "client would call the file 'marts'"),
        ("published_path: out/MAIN.db", "client would call the file 'MAIN'"),
        ("published_path: out/v1.2.duckdb", "'v1.2.duckdb' has more than one dot"),
        ("published_path: warehouse/build.duckdb", "take the place of the working database"),
    ],
)
def test_nonsense_is_told(built: Shop, text: str, message: str) -> None:
    before = built.published.read_bytes()
    configure(built, text)
    built.edit(*CHANGE)
    done = built.run("build")
    assert (done.code, message in done.text) == (2, True), done.text
    lines = (built.root / "dbt_project.yml").read_text().splitlines()
    assert f"dbt_project.yml:{lines.index('  ' + text) + 1}: RP501 var " in done.err
    assert done.text.splitlines()[-1] == "nothing was published; what readers have is as it was"
    assert built.published.read_bytes() == before


def test_nonsense_on_the_command_line(built: Shop) -> None:
    configure(built, "published_path: null")
    done = built.run("build", "--vars", "{published_path: x.y.z}")
    assert (done.code, "--vars: RP501 var published_path" in done.err) == (2, True)


def test_a_working_database_with_the_name_of_the_published_one(
    built: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The published file stands beside it by default: one would overwrite the other."""
    monkeypatch.setenv("SHOP_WAREHOUSE", "other/retention.duckdb")
    done = built.run("build")
    assert (done.code, "profiles.yml: RP501 the published file would" in done.err) == (2, True)
    assert not (built.root / "other").exists()
    configure(built, "published_path: other/shop.duckdb")
    assert built.run("build").code == 0


PARQUET = "publish: {parquet: {path: out/parquet, keep_versions: 2}}"


def customers(shop: Shop) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Number of customers in the DuckDB file and in Parquet's latest version."""
    latest = shop.root / "out/parquet/latest/customer_orders/customer_orders.parquet"
    return (
        shop.query("select count(*) from marts.customer_orders", published=True),
        duckdb.execute(f"select count(*) from '{latest}'").fetchall(),
    )


def test_rollback_moves_every_target(built: Shop) -> None:
    configure(built, PARQUET)
    built.edit("seeds/raw_orders.csv", "10.50", "11.50")
    assert built.run("build").code == 0
    built.edit(*CHANGE)
    assert built.run("build").code == 0
    assert customers(built) == ([(3,)], [(3,)])
    done = built.run("rollback")
    assert (done.code, customers(built)) == (0, ([(2,)], [(2,)]))
    assert "is build" in done.out
    assert "out/parquet/latest is version" in done.out
    again = built.run("build")
    assert "exactly this was rolled back" in again.out
    assert customers(built) == ([(2,)], [(2,)])


def test_a_rollback_that_was_cut_short_can_be_finished(built: Shop) -> None:
    configure(built, PARQUET)
    built.edit("seeds/raw_orders.csv", "10.50", "11.50")
    assert built.run("build").code == 0
    built.edit(*CHANGE)
    assert built.run("build").code == 0
    rollback(built.published)  # killed before the Parquet target
    assert customers(built) == ([(2,)], [(3,)])
    live = json.loads(built.published.with_name("published.json").read_text())["build_id"]
    done = built.run("rollback", live[:12])
    assert (done.code, customers(built)) == (0, ([(2,)], [(2,)]))
    assert "the DuckDB file is that build already" in done.out


def test_a_target_that_cannot_follow_is_named(built: Shop) -> None:
    """The first version is from before Parquet was asked for."""
    configure(built, PARQUET)
    built.edit(*CHANGE)
    assert built.run("build").code == 0
    done = built.run("rollback")
    assert (done.code, customers(built)) == (1, ([(2,)], [(3,)]))
    assert "not everywhere: " in done.out
    assert "stays at build" in done.out
    assert "no version with the content of build" in done.out


def test_a_target_that_fails_does_not_hide_what_was_published(built: Shop) -> None:
    configure(built, PARQUET)
    built.write("out/parquet/latest/in_the_way", "x")
    built.edit(*CHANGE)
    done = built.run("build")
    assert done.code == 1
    assert "published 2 marts" in done.out
    assert "\nbut not everywhere: " in done.out
    assert built.query("select count(*) from marts.customer_orders", published=True) == [(3,)]
    (built.root / "out/parquet/latest/in_the_way").unlink()
    (built.root / "out/parquet/latest").rmdir()
    done = built.run("build")
    assert (done.code, "nothing to publish" in done.out) == (0, True)
    assert customers(built) == ([(3,)], [(3,)])


def test_a_strangers_folder_is_never_pruned(built: Shop) -> None:
    """The folder of a target may hold other things, dbt's target folder with its manifest too."""
    configure(built, "publish: {parquet: {path: out, keep_versions: 0}}")
    for number, text in enumerate(('{"metadata": 1}', '{"build_id": "mine"}', "[]")):
        built.write(f"out/other{number}/manifest.json", text)
    for amount in ("10.51", "10.52"):
        built.write("seeds/raw_orders.csv", ORDERS.replace("10.50", amount))
        assert built.run("build").code == 0
    names = sorted(p.name for p in (built.root / "out").iterdir() if p.name.startswith("other"))
    assert names == ["other0", "other1", "other2"]
    assert len(list((built.root / "out").iterdir())) == 5  # one version and `latest`
