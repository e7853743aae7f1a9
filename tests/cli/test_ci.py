"""`pipeline init --ci github`: the workflow is YAML, pinned, and made of commands that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from retention_pipeline.cli import app
from tests.conftest import Shop


@pytest.fixture
def workflow(shop: Shop) -> dict[Any, Any]:
    done = shop.run("init", ".", "--ci", "github")
    assert done.code == 0, done.err
    path = shop.root / ".github/workflows/pipeline.yml"
    assert f"wrote {path}" in done.out
    found: dict[Any, Any] = yaml.safe_load(path.read_text())
    return found


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = workflow["jobs"]["build"]["steps"]
    return found


def commands(workflow: dict[Any, Any]) -> list[list[str]]:
    """Every `pipeline ...` of the workflow, as words, without redirections."""
    lines = "\n".join(step.get("run", "") for step in steps(workflow)).split("\n")
    return [shlex.split(line.split(" > ")[0]) for line in lines if line.startswith("pipeline ")]


def test_it_runs_on_main_and_on_pull_requests(workflow: dict[Any, Any]) -> None:
    assert workflow[True] == {  # YAML's word for on
        "push": {"branches": ["main"]},
        "pull_request": {"branches": ["main"]},
    }
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["env"]["PROJECT"] == "."


def test_actions_are_pinned_by_version(workflow: dict[Any, Any]) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+\.\d+\.\d+", each) for each in used)
    assert "==" in workflow["env"]["PIPELINE"]


def test_every_command_and_option_exists(workflow: dict[Any, Any]) -> None:
    known: Any = typer.main.get_command(app)
    found = commands(workflow)
    assert [words[1] for words in found] == ["build", "build", "diff"]
    for _, name, *rest in found:
        options = {o for p in known.commands[name].params for o in p.opts}
        assert {word for word in rest if word.startswith("-")} <= options


def test_what_it_does_works(shop: Shop, workflow: dict[Any, Any], monkeypatch: Any) -> None:
    """Main is built, then a change on top of it in the same database; the comment tells it."""
    monkeypatch.setenv("SHOP_WAREHOUSE", str(shop.root / "common/build.duckdb"))
    base, proposed, diff = commands(workflow)
    place = ("--project-dir", str(shop.root))
    assert shop.run(*base[1 : base.index("--project-dir")], *place).code == 0
    shop.edit("seeds/raw_orders.csv", "o4,,", "o4,ann,")
    assert shop.run(*proposed[1 : proposed.index("--project-dir")], *place).code == 0
    done = shop.run(*diff[1 : diff.index("--project-dir")], *place)
    assert done.code == 0
    assert "customer_orders" in done.out
    assert "|" in done.out


def test_in_a_repository_it_stands_at_the_top(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert shop.run("init", ".", "--ci", "github").code == 0
    text = (tmp_path / ".github/workflows/pipeline.yml").read_text()
    assert "PROJECT: shop\n" in text
    again = shop.run("init", ".", "--ci", "github")
    assert (again.code, "is there already" in again.err) == (2, True)


def test_an_unknown_provider_writes_nothing(shop: Shop, tmp_path: Path) -> None:
    done = shop.run("init", str(tmp_path / "new"), "--ci", "gitlab")
    assert done.code == 2
    assert "--ci 'gitlab' is unknown" in done.err
    assert not (tmp_path / "new").exists()
