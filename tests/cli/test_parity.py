"""`--as`: the rules of another tool, in files apart from those of the normal build."""

from __future__ import annotations

import os
import re
from pathlib import Path

import duckdb
import pytest

from tests.conftest import CHECKOUT, Shop, pipeline
from tests.golden.cases import needs_golden
from tests.golden.cases_subscriptions import AS_OF, subscriptions
from tests.properties.harness import write_files

KNOWN = "it must be one of baremetrics, chartmogul, profitwell, stripe"


@pytest.fixture
def parity(built: Shop) -> Shop:
    """The mini project, built, with the policies of the big one and a mart that shows one of them."""
    for name in ("policies", "policy_sets"):
        built.write(f"macros/{name}.sql", (CHECKOUT / f"macros/{name}.sql").read_text())
    built.write(
        "models/marts/rules.sql",
        "-- one row\nselect cast('{{ policy(\"pause_policy\") }}' as varchar) as pauses,\n"
        '    cast(\'{{ policy("pause_policy", "own") }}\' as varchar) as own_pauses,\n'
        "    cast('{{ policy_source(\"pause_policy\") }}' as varchar) as source\n",
    )
    columns = "".join(
        f"      - {{name: {c}, data_type: varchar, description: Text.}}\n"
        for c in ("pauses", "own_pauses", "source")
    )
    built.write(
        "models/marts/rules.yml",
        f"models:\n  - name: rules\n    description: One row.\n    columns:\n{columns}",
    )
    return built


def rules(path: Path) -> tuple[str, ...]:
    with duckdb.connect(str(path), read_only=True) as con:
        (row,) = con.execute("select pauses, own_pauses, source from marts.rules").fetchall()
    return tuple(row)


def decided(parity: Shop, *words: str) -> list[str]:
    """pause_policy of a build with these words, the one without the set, and where it comes from."""
    done = parity.run("compile", "--select", "rules", *words)
    assert done.code == 0, done.text
    return re.findall(r"cast\('(.*?)' as varchar\)", done.out)


def test_a_build_as_another_tool_leaves_the_normal_one_alone(parity: Shop) -> None:
    assert parity.run("build").code == 0
    before = parity.state()
    done = parity.run("build", "--as", "stripe")
    assert done.code == 0, done.text
    assert "note     policy set stripe" in done.out
    assert "note     pause_policy: keep, without the set contraction" in done.out
    folder = parity.root / "warehouse/stripe"
    assert str(folder / "retention_stripe.duckdb") in done.out
    assert rules(folder / "retention_stripe.duckdb") == ("keep", "contraction", "policy_set:stripe")
    assert rules(parity.published) == ("contraction", "contraction", "default")
    assert parity.state() == before
    assert (folder / "published.json").exists()
    assert (parity.root / "target/stripe/run_results.json").exists()
    for words in ((), ("--as", "stripe")):  # each is up to date for itself
        assert "\n1 run" not in parity.run("plan", *words).out


def test_the_var_means_the_same(parity: Shop) -> None:
    expected = ["keep", "contraction", "policy_set:stripe"]
    assert decided(parity, "--as", "stripe") == expected
    assert decided(parity, "--vars", "{policy_set: Stripe}") == expected


def test_the_command_wins_over_the_set_and_the_set_over_the_project(parity: Shop) -> None:
    parity.edit("dbt_project.yml", "vars:\n", "vars:\n  pause_policy: churn\n")
    assert decided(parity) == ["churn", "churn", "project"]
    assert decided(parity, "--as", "stripe") == ["keep", "churn", "policy_set:stripe"]
    words = ("--as", "stripe", "--vars", "{pause_policy: contraction}")
    assert decided(parity, *words) == ["contraction", "contraction", "var"]
    text = parity.run("build", "--no-publish", *words).out
    assert "pause_policy: contraction (given with the command; the set says keep)" in text


def test_a_set_that_the_project_chose_moves_no_file(parity: Shop) -> None:
    parity.edit("dbt_project.yml", "vars:\n", "vars:\n  policy_set: stripe\n")
    assert parity.run("build").code == 0
    assert rules(parity.published) == ("keep", "contraction", "policy_set:stripe")


def test_places_that_the_project_publishes_to_are_kept_free(parity: Shop) -> None:
    parity.edit(
        "dbt_project.yml",
        "vars:\n",
        "vars:\n  published_path: bi/shop.duckdb\n  publish: {parquet: {path: bi/parquet}}\n",
    )
    assert parity.run("build", "--as", "stripe").code == 0
    found = sorted(path.name for path in (parity.root / "bi").iterdir())
    assert found == ["parquet_stripe", "stripe"]
    assert (parity.root / "bi/stripe/shop_stripe.duckdb").exists()
    words = ("--as", "stripe", "--vars", "{published_path: elsewhere.duckdb}")
    assert parity.run("build", *words).code == 0
    assert rules(parity.root / "elsewhere.duckdb")[0] == "keep"


def test_what_makes_no_sense_is_refused(parity: Shop) -> None:
    before = sorted(parity.root.rglob("*.duckdb"))
    for name in ("strip", "../x", "stripe'", "none"):
        for words in (("--as", name), ("--vars", f'{{policy_set: "{name}"}}')):
            done = parity.run("build", *words)
            assert done.code == 2
            assert f"policy set '{name}' is unknown: {KNOWN}" in done.err
            assert "fix: pipeline build --as baremetrics" in done.err
    done = parity.run("build", "--as", "stripe", "--vars", "{policy_set: profitwell}")
    assert done.code == 2
    assert "contradict each other" in done.err
    done = parity.run("build", "--as", "stripe", "--vars", "{pause_policy: sometimes}")
    assert done.code == 2
    assert "var pause_policy is 'sometimes': it must be one of contraction, churn, keep" in done.err
    assert sorted(parity.root.rglob("*.duckdb")) == before


def test_a_project_without_policy_sets_says_so(shop: Shop) -> None:
    done = shop.run("build", "--as", "stripe")
    assert done.code == 2
    assert "this project has no policy sets" in done.err


@needs_golden
@pytest.mark.slow
@pytest.mark.parametrize("vendor", ["baremetrics", "chartmogul", "profitwell", "stripe"])
def test_the_worked_example_as_another_tool(vendor: str, tmp_path: Path) -> None:
    """Everything passes under the rules of each tool; tests/golden/test_golden_parity.py has the numbers."""
    rows = subscriptions()
    write_files({}, tmp_path / "in")
    for path in (tmp_path / "in").iterdir():
        path.unlink()
    for table, found in rows.items():
        lines = [",".join(columns := list(dict.fromkeys(k for row in found for k in row)))]
        lines += [",".join(str(row.get(c) or "") for c in columns) for row in found]
        (tmp_path / f"in/{table}.csv").write_text("\n".join(lines) + "\n")
    words = f"{{inputs_path: {tmp_path / 'in'}, as_of: '{AS_OF}', reporting_currency: USD, fx_max_gap_days: 31}}"
    os.environ.pop("RETENTION_WAREHOUSE", None)
    done = pipeline(
        "build", "-q", "--as", vendor, "--vars", words,
        cwd=CHECKOUT, RETENTION_WAREHOUSE=str(tmp_path / "build.duckdb"),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(str(tmp_path / vendor / f"retention_{vendor}.duckdb")) as con:
        (count,) = con.execute("select count(*) from marts.metric_policy_diff").fetchall()[0]
        sets = con.execute("select distinct policy_set from marts.metric_policy_diff").fetchall()
    assert count > 100
    assert sets == [(vendor,)]
