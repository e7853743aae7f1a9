"""`state:` and `result:` against what an earlier run left."""

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT, Shop, pipeline
from tests.dbt.dbt import needs_dbt, run_dbt

SQL = "models/marts/customer_orders.sql"
EMPTY = "--indirect-selection", "empty"


@pytest.fixture
def before(built: Shop, tmp_path: Path) -> Path:
    """The artifacts of a build, put aside."""
    assert built.run("build").code == 0
    folder = tmp_path / "before"
    shutil.copytree(built.root / "target", folder)
    return folder


def names(shop: Shop, before: Path, selector: str) -> list[str]:
    done = shop.run("ls", "-s", selector, "--state", str(before), *EMPTY)
    assert done.code == 0, done.text
    return done.out.split()


def test_nothing_changed(built: Shop, before: Path) -> None:
    assert names(built, before, "state:modified") == []
    assert names(built, before, "state:new") == []
    assert names(built, before, "state:old") == names(built, before, "state:unmodified")
    done = built.run("build", "-s", "state:modified+", "--state", str(before))
    assert done.code == 0, done.text


@pytest.mark.parametrize(
    ("path", "old", "new", "part"),
    [
        ("models/marts/country_orders.sql", "count(*)", "count(1)", "body"),
        ("models/marts/country_orders.yml", "tags: [weekly]", "materialized: view", "configs"),
        ("models/marts/country_orders.yml", "data_type: bigint", "data_type: integer", "contract"),
        ("models/marts/country_orders.yml", "tags: [weekly]", "alias: by_country", "relation"),
    ],
)
def test_what_changed_is_found_under_its_name(
    built: Shop, before: Path, path: str, old: str, new: str, part: str
) -> None:
    built.edit(path, old, new)
    assert names(built, before, "state:modified") == ["country_orders"]
    for other in ("body", "configs", "contract", "relation", "macros"):
        expected = ["country_orders"] if other == part else []
        assert names(built, before, f"state:modified.{other}") == expected, other
    assert "country_orders" not in names(built, before, "state:unmodified")


def test_a_changed_macro_changes_its_callers(built: Shop, before: Path) -> None:
    built.edit("macros/macros.sql", "as timestamp)", "as  timestamp)")
    assert names(built, before, "state:modified.macros") == ["stg_orders"]
    assert names(built, before, "state:modified,resource_type:model") == ["stg_orders"]


def test_new_nodes_seeds_and_tests(built: Shop, before: Path) -> None:
    built.model("more", "select 1 as x")
    built.write("seeds/countries.csv", "code,name\nDE,Germany\nFR,Frankreich\n")
    built.edit("models/marts/customer_orders.yml", "orders > 0", "orders >= 0")
    assert names(built, before, "state:new,resource_type:model") == ["more"]
    found = names(built, before, "state:modified")
    assert {"more", "seed:countries"} < set(found)
    assert any("expression_is_true" in name for name in found)


def test_results_of_the_run_before(built: Shop, before: Path) -> None:
    path = before / "run_results.json"
    document = json.loads(path.read_text())
    for result in document["results"]:
        if result["unique_id"] == "model.shop.stg_orders":
            result["status"] = "error"
    path.write_text(json.dumps(document))
    assert names(built, before, "result:error") == ["stg_orders"]
    assert "customer_orders" in names(built, before, "result:error+")
    assert names(built, before, "result:fail") == []


@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ("state:modifed", "did you mean 'modified'?"),
        ("state:modified.bdy", "did you mean 'modified.body'?"),
        ("result:eror", "did you mean 'error'?"),
        ("source_status:fresher", "sources.json: RP501 there is no such file"),
    ],
)
def test_wrong_questions(built: Shop, before: Path, selector: str, words: str) -> None:
    done = built.run("ls", "-s", selector, "--state", str(before))
    assert (done.code, words in done.err) == (2, True), done.text


# -- contracts --------------------------------------------------------------------------------------
YML = "models/marts/customer_orders.yml"
OFF = "config: {contract: {enforced: false}}\n    description: One row is one"
MORE = "      - {name: one, data_type: int}\n      - {name: revenue_per_order"


def broken(shop: Shop, before: Path) -> str:
    """What `compile` notes."""
    done = shop.run("compile", "--state", str(before))
    assert done.code == 0, done.text
    return done.err


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            [(YML, "name: revenue,", "name: turnover,"), (SQL, "as revenue,", "as turnover,")],
            "customer_orders breaks the contract that it had: column revenue is gone",
        ),
        (
            [
                (YML, "orders, data_type: bigint", "orders, data_type: integer"),
                (SQL, "as bigint", "as integer"),
            ],
            "column orders was bigint, it is integer",
        ),
        (
            [
                (
                    YML,
                    "description: One row is one",
                    OFF,
                )
            ],
            "it is no longer enforced",
        ),
    ],
)
def test_a_broken_contract_is_named(
    built: Shop, before: Path, changes: list[tuple[str, str, str]], words: str
) -> None:
    assert "contract" not in broken(built, before)
    for path, old, new in changes:
        built.edit(path, old, new)
    text = broken(built, before)
    assert f"{YML}:2: customer_orders breaks" in text
    assert words in text


def test_what_breaks_no_contract(built: Shop, before: Path) -> None:
    built.edit(YML, '"decimal(18,4)"', '"NUMERIC(18, 4)"')
    built.edit(SQL, "cast(revenue / orders", "1 as one,\n    cast(revenue / orders")
    built.edit(
        YML,
        "      - {name: revenue_per_order",
        MORE,
    )
    assert "contract" not in broken(built, before)


def test_a_model_with_a_contract_that_is_gone(built: Shop, before: Path) -> None:
    for suffix in ("sql", "yml"):
        (built.root / f"models/marts/country_orders.{suffix}").unlink()
    state = "--state", str(before)
    assert "model.shop.country_orders had a contract and is gone" in broken(built, before)
    done = built.run("build", *state)
    assert (done.code, "note     models/marts/country_orders.sql: model.shop" in done.out) == (
        0,
        True,
    )
    assert built.run("build", *state, "--warn-error").code == 2


VERSIONS = """
models:
  - name: dim
    latest_version: 2
    config: {contract: {enforced: true}}
    columns: [{name: a, data_type: integer}, {name: b, data_type: integer}]
    versions: [{v: 1}, {v: 2}]
"""


def test_the_contract_of_a_version_may_not_be_broken(built: Shop, tmp_path: Path) -> None:
    """dbt: UnversionedBreakingChange is a warning, ContractBreakingChangeError an error."""
    built.write("models/free/dim.yml", VERSIONS)
    for number in (1, 2):
        built.write(f"models/free/dim_v{number}.sql", "select 1 as a, 2 as b")
    assert built.run("compile").code == 0
    before = shutil.copytree(built.root / "target", tmp_path / "before")
    nodes = json.loads((before / "manifest.json").read_text())["nodes"]
    one = nodes["model.shop.dim.v1"]
    assert (one["name"], one["version"], one["latest_version"]) == ("dim", 1, 2)
    built.edit("models/free/dim.yml", "{v: 2}", "{v: 2, columns: [{include: all, exclude: [b]}]}")
    built.write("models/free/dim_v2.sql", "select 1 as a")
    state = "--state", str(before)
    for command in ("compile", "build"):
        done = built.run(command, "-s", "state:modified", *state)
        assert (done.code, "dim.v2 breaks the contract" in done.err) == (2, True), done.text
        assert "column b is gone; make a new version instead" in done.err
    assert "dim.v2 breaks" in broken(built, before)  # changes are not asked for: a note


PROJECTS = ("external", "hooks", "incremental", "python_models", "snapshots")


@pytest.fixture(params=PROJECTS)
def kinds(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one kind of materialization; it is the current folder."""
    root = tmp_path / str(request.param)
    shutil.copytree(CHECKOUT / "tests/dbt_projects" / root.name, root)
    monkeypatch.chdir(root)
    return root


def said(*argv: str) -> list[str]:
    """The lines of `pipeline ls`, in a process of its own."""
    done = pipeline("ls", *argv, cwd=Path.cwd())
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_every_kind_of_model_is_the_same_as_itself(kinds: Path, tmp_path: Path) -> None:
    assert pipeline("compile", cwd=kinds).returncode == 0
    shutil.copytree(kinds / "target", tmp_path / "before")
    assert said("-s", "state:modified", "--state", str(tmp_path / "before")) == []


@needs_dbt
def test_dbts_own_manifest_says_the_same(kinds: Path, tmp_path: Path) -> None:
    done = run_dbt(kinds, "parse")
    assert done.returncode == 0, done.stdout
    shutil.move(kinds / "target", tmp_path / "before")
    assert said("-s", "state:modified", "--state", str(tmp_path / "before")) == []
    assert said("-s", "state:new", "--state", str(tmp_path / "before")) == []


def test_a_changed_snapshot_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "snapshots"
    shutil.copytree(CHECKOUT / "tests/dbt_projects/snapshots", root)
    monkeypatch.chdir(root)
    assert pipeline("compile", cwd=root).returncode == 0
    compiled = {path.name for path in (root / "target/compiled/snapshots").iterdir()}
    assert {"by_time.sql", "by_columns.sql", "in_a_block.sql"} <= compiled
    shutil.copytree(root / "target", tmp_path / "before")
    path = root / "snapshots/snapshots.yml"
    path.write_text(path.read_text().replace("check_cols: [plan, price]", "check_cols: [plan]"))
    found = said("-s", "state:modified.configs", "--state", str(tmp_path / "before"))
    assert found == ["snapshot:by_columns"]
