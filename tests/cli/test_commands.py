"""Every command through the real entry: what it prints and its exit code."""

import errno
import json
import shutil
from pathlib import Path

import pytest

from retention_pipeline.flags import node_names
from tests.conftest import CHECKOUT, Shop, pipeline

# -- help and usage -----------------------------------------------------------------------------
COMMANDS = ["build", "run", "test", "seed", "compile", "show", "ls", "debug", "clean", "init"]


def test_help_lists_every_command_and_the_exit_codes(shop: Shop) -> None:
    done = shop.run("--help")
    assert done.code == 0
    assert all(command in done.out for command in COMMANDS)
    for words in ("0 all passed", "1 a model or test failed", "3 a bug", "130 interrupted"):
        assert words in " ".join(done.out.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(shop: Shop, command: str) -> None:
    done = shop.run(command, "--help")
    assert done.code == 0
    assert "Usage: pipeline " + command in done.out


def test_version(shop: Shop) -> None:
    done = shop.run("--version")
    assert (done.code, done.out.split()[0]) == (0, "retention_pipeline")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["biuld"], "biuld"),
        (["build", "--slect", "x"], "--slect"),
        (["build", "--threads", "0"], "threads"),
        (["build", "--threads", "many"], "many"),
        (["show", "--limit", "0"], "limit"),
        (["init"], "folder"),
    ],
)
def test_a_wrong_flag_is_an_invalid_command(shop: Shop, argv: list[str], words: str) -> None:
    done = shop.run(*argv)
    assert done.code == 2
    assert done.err.startswith("RP501 ")
    assert words in done.err
    assert "Traceback" not in done.text


def test_clean_leaves_packages(built: Shop) -> None:
    """What `dbt init` writes as clean-targets; here packages are copied, not downloaded."""
    built.edit(
        "dbt_project.yml", "clean-targets: [target]", "clean-targets: [target, dbt_packages]"
    )
    built.write("dbt_packages/util/dbt_project.yml", "name: util\n")
    assert built.run("clean").code == 0
    assert not (built.root / "target").exists()
    assert (built.root / "dbt_packages/util").is_dir()


def test_several_words_after_a_flag(built: Shop) -> None:
    done = built.run("ls", "-s", "stg_orders", "countries", "--resource-type", "model", "seed")
    assert (done.code, sorted(done.out.split())) == (0, ["seed:countries", "stg_orders"]), done.text
    done = built.run(
        "ls", "--models", "stg_orders", "country_orders", "--exclude", "test_type:data"
    )
    assert done.out.split() == ["stg_orders", "country_orders"]
    done = built.run("ls", "stg_orders")
    assert (done.code, "unexpected extra argument" in done.err) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("--quiet", "ls", "--select", "customer_orders"),
        ("--profiles-dir", ".", "-q", "ls", "--select", "customer_orders"),
        ("--profiles-dir=.", "ls", "--select", "customer_orders"),
    ],
)
def test_flags_may_stand_before_the_command(shop: Shop, words: tuple[str, ...]) -> None:
    done = shop.run(*words)
    assert (done.code, done.err) == (0, ""), done.text
    assert done.out == shop.run(*words[words.index("ls") :]).out


def test_quiet_before_a_command_that_has_it(built: Shop) -> None:
    done = built.run("--quiet", "test", "-s", "stg_orders")
    assert (done.code, "not_null" in done.out) == (0, False), done.text
    assert built.run("--quiet", "-s", "stg_orders", "--nosuch", "test").code == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("pipeline bui", ["build"]),
        ("pipeline build --full", ["--full-refresh"]),
        ("pipeline build -s 1+cust", ["1+customer_orders"]),
        ("pipeline show c", ["countries", "country_orders", "customer_orders"]),
    ],
)
def test_the_shell_completes(built: Shop, line: str, words: list[str]) -> None:
    """As the script of --show-completion asks: with these variables and without arguments."""
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    done = pipeline(cwd=built.root, _PIPELINE_COMPLETE="complete_bash", **asked)
    assert (done.returncode, done.stdout.split()) == (0, words), done.stderr


def test_names_are_completed_behind_operators(shop: Shop) -> None:
    assert node_names("c") == []  # nothing is compiled yet
    assert shop.run("compile").code == 0
    assert node_names("@cust") == ["@customer_orders"]
    assert node_names("stg_orders,+country") == ["stg_orders,+country_orders"]
    assert node_names("tag:x") == []


def test_outside_a_project(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("build", "run", "test", "seed", "compile", "ls", "debug", "clean"):
        done = shop.run(command)
        assert done.code == 2
        assert "no dbt_project.yml here" in done.err
        assert "pipeline init DIR" in done.err


def test_a_bug_of_ours_is_code_3_and_keeps_the_traceback(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise AssertionError("never so")

    monkeypatch.setattr("retention_pipeline.listing.listed", broken)
    done = shop.run("ls")
    assert done.code == 3
    assert "RP900 a bug in pipeline: AssertionError: never so" in done.err
    assert "never so" in Path(done.err.rsplit(" in ", 1)[1].strip()).read_text()


def test_ctrl_c_before_a_run_is_code_130(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("retention_pipeline.api.compile_", stop)
    done = shop.run("build")
    assert done.code == 130
    assert "Traceback" not in done.text


# -- build, run, test, seed ---------------------------------------------------------------------
def test_build_says_what_was_done_and_where_the_marts_are(shop: Shop) -> None:
    done = shop.run("build")
    assert (done.code, done.err) == (0, "")
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert any(line.startswith("ok model customer_orders 2 rows") for line in lines)
    assert any(line.startswith("data tests 9 ") for line in lines)
    assert any(line.startswith("unit tests 1 ") for line in lines)
    assert f"published 2 marts (2 changed): {shop.published}" in done.out
    assert shop.published.exists()


def test_a_selection_that_leaves_nothing_says_so(shop: Shop) -> None:
    outcome = shop.run("build", "--exclude", "*")
    assert outcome.code == 0
    assert "nothing to do: nothing is selected" in outcome.out
    assert "seconds" not in outcome.out


def test_quiet_says_only_the_verdict(shop: Shop) -> None:
    done = shop.run("build", "--quiet")
    assert done.code == 0
    assert len([line for line in done.out.splitlines() if line]) == 2


def test_a_failing_test_is_code_1(built: Shop) -> None:
    built.edit("models/marts/customer_orders.yml", "orders > 0", "orders > 1")
    done = built.run("build")
    assert done.code == 1
    assert "models/marts/customer_orders.yml:11: data test expression_is_true" in done.out
    assert "customer_id=bob, orders=1" in done.out
    assert "again: pipeline test --select expression_is_true" in done.out
    assert "1 failed" in done.out


def test_the_command_that_is_proposed_works(built: Shop) -> None:
    built.edit("models/marts/customer_orders.yml", "orders > 0", "orders > 1")
    done = built.run("build")
    again = next(line for line in done.out.splitlines() if "again:" in line).split("pipeline ")[1]
    done = built.run(*again.split())
    assert done.code == 1
    assert "1 failed" in done.out


def test_run_and_then_test(shop: Shop) -> None:
    assert shop.run("seed").code == 0
    assert shop.query("select count(*) from raw.countries") == [(2,)]
    assert shop.run("run").code == 0
    assert not shop.published.exists()
    assert shop.run("test").code == 0


def test_test_before_anything_is_built_fails_with_a_reason(shop: Shop) -> None:
    done = shop.run("test")
    assert done.code in (1, 2)
    assert "Traceback" not in done.text
    assert "stg_orders" in done.text


def test_selection_on_the_command_line(built: Shop) -> None:
    done = built.run("build", "-s", "tag:weekly", "--exclude", "resource_type:test")
    assert done.code == 0
    steps = [line.split()[1:3] for line in done.out.splitlines() if line.startswith("reused ")]
    assert steps == [["model", "country_orders"]]


@pytest.mark.parametrize("command", ["build", "run", "test", "seed", "ls", "compile"])
def test_a_selector_that_matches_nothing_is_code_2(built: Shop, command: str) -> None:
    before = built.state()
    done = built.run(command, "--select", "customer_order")
    assert done.code == 2
    assert "RP502 the selector 'customer_order' matches nothing" in done.err
    assert "did you mean 'customer_orders'?" in done.err
    assert built.state() == before


def test_seed_of_a_model_has_nothing_to_do(built: Shop) -> None:
    done = built.run("seed", "--select", "customer_orders")
    assert done.code == 2
    assert "nothing to do" in done.err


def test_project_dir_and_target(
    built: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert built.run("ls", "--project-dir", str(built.root)).code == 0
    done = built.run("ls", "--project-dir", str(built.root), "--target", "prod")
    assert done.code == 2
    assert "no target 'prod' in profiles.yml" in done.err


def test_profiles_dir(built: Shop, tmp_path: Path) -> None:
    text = (built.root / "profiles.yml").read_text().replace("build.duckdb", "other.duckdb")
    (tmp_path / "profiles.yml").write_text(text)
    assert built.run("seed", "--profiles-dir", str(tmp_path)).code == 0
    assert (built.root / "warehouse/other.duckdb").exists()


# -- compile, ls --------------------------------------------------------------------------------
def test_compile_writes_the_sql(shop: Shop) -> None:
    done = shop.run("compile")
    assert done.code == 0
    assert done.out.startswith("3 models, 9 data tests: ")
    sql = (shop.root / "target/compiled/models/marts/country_orders.sql").read_text()
    assert 'from "staging"."stg_orders"' in sql
    assert not shop.working.exists()


def test_compile_select_prints_it(shop: Shop) -> None:
    done = shop.run("compile", "--select", "country_orders")
    assert done.code == 0
    assert done.out.startswith("-- country_orders\n-- One row is one country.\nselect country")
    assert "customer_id" not in done.out


def test_compile_inline_prints_it(shop: Shop) -> None:
    done = shop.run("compile", "--inline", "select * from {{ ref('stg_orders') }}")
    assert (done.code, done.out.strip()) == (0, 'select * from "staging"."stg_orders"'), done.text
    assert shop.run("compile", "--inline", "select {{ ref('nope') }}").code == 2


def test_compiled_files_of_removed_models_go(shop: Shop) -> None:
    shop.model("gone", "select 1 as x")
    shop.run("compile")
    (shop.root / "models/free/gone.sql").unlink()
    (shop.root / "models/free/gone.yml").unlink()
    shop.run("compile")
    assert not (shop.root / "target/compiled/models/free/gone.sql").exists()


def test_ls_lists_in_build_order(shop: Shop) -> None:
    names = shop.run("ls").out.splitlines()
    assert names.index("seed:raw_orders") < names.index("source:raw.orders")
    assert names.index("source:raw.orders") < names.index("stg_orders")
    assert names.index("stg_orders") < names.index("customer_orders")
    assert "unit_test:orders_without_a_customer_are_left_out" in names


def test_ls_select(shop: Shop) -> None:
    done = shop.run("ls", "--select", "stg_orders+1", "--resource-type", "model")
    assert done.out.splitlines() == ["stg_orders", "country_orders", "customer_orders"]


# -- show ---------------------------------------------------------------------------------------
def test_show_a_model(built: Shop) -> None:
    done = built.run("show", "customer_orders", "--limit", "1")
    assert done.code == 0
    assert [len(line.split("|")) for line in done.out.splitlines()] == [4, 1, 4]


ASKS = """
-- depends_on: {{ ref('countries') }}
select {% for code in run_query('select code from ' ~ ref('countries') ~ ' order by 1').columns[0].values()
  if execute %}'{{ code }}' as {{ code }}, {% endfor %} 1 as one
"""


def test_show_what_has_no_query_of_its_own(built: Shop) -> None:
    """A template that asks the database, a Python model, a seed."""
    built.model("asks", ASKS)
    built.write(
        "models/free/made.py", "def model(dbt, session):\n    return session.sql('select 7 as x')\n"
    )
    built.write(
        "models/free/made.yml", "models: [{name: made, config: {contract: {enforced: false}}}]\n"
    )
    assert built.run("build", "-s", "asks", "made", "--no-publish").code == 0
    # countries.csv: DE, FR
    shown = json.loads(built.run("show", "asks", "--output", "json").out)
    assert shown == [{"DE": "DE", "FR": "FR", "one": 1}]
    assert json.loads(built.run("show", "made", "--output", "json").out) == [{"x": 7}]
    assert "Germany" in built.run("show", "countries").out


def test_show_sql_as_json(built: Shop) -> None:
    sql = "select customer_id, revenue, null as n from {{ ref('customer_orders') }} order by 1"
    done = built.run("show", "--inline", sql, "--output", "json")
    assert done.code == 0
    assert json.loads(done.out) == [
        {"customer_id": "ann", "revenue": "40.7500", "n": None},
        {"customer_id": "bob", "revenue": "20.0000", "n": None},
    ]


def test_show_reads_sources_and_sql_with_an_order(built: Shop) -> None:
    done = built.run(
        "show", "--inline", "select order_id from {{ source('raw', 'orders') }} order by 1 desc; "
    )
    assert [line.strip() for line in done.out.splitlines()][2:] == ["o4", "o3", "o2", "o1"]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["customer_order"], "did you mean 'customer_orders'?"),
        ([], "give a model or --inline SQL"),
        (["customer_orders", "--inline", "select 1"], "give a model or --inline SQL"),
        (["customer_orders", "--output", "xml"], "use text or json"),
        (["--inline", "select nope from {{ ref('customer_orders') }}"], "nope"),
        (["--inline", "select * from {{ ref('nope') }}"], "ref('nope') matches no model"),
        (["--inline", "select 1; drop table marts.customer_orders"], "syntax error"),
        (["--inline", "select 1) as x; drop table marts.customer_orders; select * from (select 1"], ""),
        (["--inline", "drop table marts.customer_orders"], "syntax error"),
    ],
)  # fmt: skip
def test_show_faults_change_nothing(built: Shop, argv: list[str], words: str) -> None:
    before = built.state()
    done = built.run("show", *argv)
    assert done.code == 2
    assert words in done.err
    assert built.state() == before


def test_show_before_a_build(shop: Shop) -> None:
    done = shop.run("show", "customer_orders")
    assert done.code == 2
    assert "nothing is built yet" in done.err
    assert not shop.working.exists()


# -- debug, clean, init -------------------------------------------------------------------------
def test_debug(built: Shop) -> None:
    done = built.run("debug")
    assert done.code == 0
    facts = dict(
        line.split(None, 1) for line in done.out.splitlines() if len(line.split(None, 1)) == 2
    )
    assert facts["connection"] == "ok"
    assert facts["as_of"] == "2024-06-01"
    assert str(built.working) in done.out


def test_clean_removes_the_target_and_no_database(built: Shop) -> None:
    assert (built.root / "target").exists()
    done = built.run("clean")
    assert (done.code, done.out.strip()) == (0, f"removed {built.root / 'target'}")
    assert not (built.root / "target").exists()
    assert built.working.exists()
    assert built.published.exists()
    assert built.run("clean").out.strip() == "nothing to remove"


@pytest.mark.parametrize(
    "target", ["..", ".", "../other", "/tmp", "target/../..", "models", "warehouse", "link"]
)
def test_clean_refuses_what_is_not_its_own(built: Shop, target: str) -> None:
    outside = built.root.parent / "other"
    outside.mkdir()
    (outside / "file").write_text("mine")
    (built.root / "link").symlink_to(outside)
    built.edit("dbt_project.yml", "clean-targets: [target]", f"clean-targets: [target, {target!r}]")
    done = built.run("clean")
    assert done.code == 2
    assert "RP501 clean-targets" in done.err
    assert "dbt_project.yml" in done.err
    assert (outside / "file").read_text() == "mine"
    assert (built.root / "models/staging/stg_orders.sql").exists()
    assert built.published.exists()
    assert (built.root / "target").exists(), "nothing is removed when one of them is refused"


def test_init_refuses_a_folder_that_is_not_empty(shop: Shop) -> None:
    done = shop.run("init", str(shop.root))
    assert done.code == 2
    assert "is not an empty folder" in done.err
    assert shop.run("init", "profiles.yml").code == 2


def test_init_on_a_full_disk_says_so_and_leaves_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: object, target: object, **_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(target))

    monkeypatch.setattr(shutil, "copyfile", full)
    before = set(shop.root.iterdir())
    done = shop.run("init", "new")
    assert done.code == 2
    assert "new: RP501 cannot write: " in done.err
    assert "No space left on device" in done.err
    assert set(shop.root.iterdir()) == before


@pytest.mark.parametrize("folder", ["profiles.yml/new", 300 * "x"])
def test_init_where_nothing_can_be_written(shop: Shop, folder: str) -> None:
    done = shop.run("init", folder)
    assert done.code == 2
    assert "RP501 cannot write" in done.err
    assert "Traceback" not in done.text


def test_init_writes_a_project_that_compiles(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = shop.run("init", "my-shop 2")
    assert done.code == 0, done.text
    root = tmp_path / "my-shop 2"
    assert "name: my_shop_2" in (root / "dbt_project.yml").read_text()
    assert not list(root.rglob("*.py"))
    monkeypatch.chdir(root)
    done = shop.run("compile")
    assert done.code == 0, done.text


@pytest.mark.slow
def test_init_writes_a_project_that_builds(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert shop.run("init", "fresh").code == 0
    monkeypatch.chdir(tmp_path / "fresh")
    done = shop.run("build")
    assert done.code == 0, done.text
    assert "published" in done.out


def test_the_program_runs_as_a_process(built: Shop) -> None:
    done = pipeline("build", "--select", "country_orders", cwd=built.root)
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing to publish" in done.stdout
    done = pipeline("ls", "--select", "nope", cwd=built.root)
    assert (done.returncode, done.stdout) == (2, "")


def test_the_template_of_the_checkout_is_complete() -> None:
    for part in ("models", "macros", "seeds", "tests/data", "dbt_project.yml", "profiles.yml"):
        assert (CHECKOUT / part).exists()


def test_compiled_texts_are_there_as_a_whole_or_not(built: Shop) -> None:
    target = built.root / "target"
    (target / ".compiled.mine").mkdir(parents=True)  # the user's own, whatever it is
    left = target / ".compiled.999999999"  # a number no process has
    (left / "models").mkdir(parents=True)
    assert built.run("compile").code == 0
    assert [path.name for path in target.glob(".compiled*")] == [".compiled.mine"]
    before = sorted(path for path in (target / "compiled").rglob("*"))
    (target / "compiled").rename(target / "there")
    (target / "compiled").write_text("a file is in the way")
    refused = built.run("compile")
    assert refused.code == 2
    assert "cannot write" in refused.err
    assert str(target / "compiled") in refused.err
    assert [path.name for path in target.glob(".compiled*")] == [".compiled.mine"]
    (target / "compiled").unlink()
    assert built.run("compile").code == 0
    assert sorted(path for path in (target / "compiled").rglob("*")) == before
