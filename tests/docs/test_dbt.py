"""docs/dbt.md: what it says is there is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import typer

from retention_pipeline.cli import app
from tests.conftest import CHECKOUT

TEXT = (CHECKOUT / "docs/dbt.md").read_text(encoding="utf-8")
VERDICTS = {"same", "better", "not here"}
_PYTHON = {"retention_pipeline.api", "execute", "compile_", "show", "list_nodes"}


def rows() -> list[tuple[str, str, str]]:
    found = []
    for line in TEXT.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and cells[1] != "here":
            assert len(cells) == 3, line
            found.append((cells[0], cells[1], cells[2]))
    return found


def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        yield f"{before}{name}", command


@cache
def program() -> dict[str, Any]:
    return dict(commands(typer.main.get_command(app)))


@cache
def flags() -> frozenset[str]:
    return frozenset(
        o for c in program().values() for p in c.params for o in (*p.opts, *p.secondary_opts)
    )


@cache
def source() -> str:
    files = (CHECKOUT / "retention_pipeline").rglob("*.py")
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:40])
def test_a_row_says_how_or_why(row: tuple[str, str, str]) -> None:
    _, verdict, text = row
    assert verdict in VERDICTS
    assert len(text) > 3


@pytest.mark.parametrize("row", [r for r in rows() if r[1] != "not here"], ids=lambda r: r[0][:40])
def test_what_it_claims_exists(row: tuple[str, str, str]) -> None:
    for word in re.findall(r"`([^`]+)`", row[2]):
        if word.startswith("pipeline "):
            name, *given = word.removeprefix("pipeline ").split(" --")
            assert name in program(), word
            assert {f"--{flag}" for flag in given} <= flags(), word
        elif word.startswith("--"):
            assert word in flags(), word
        else:
            assert word.strip(":") in source(), word


def test_every_command_of_dbt_is_there() -> None:
    listed = " ".join(row[0] for row in rows())
    wanted = "build run test seed snapshot run-operation compile show ls parse deps docs freshness retry clone clean"
    assert set(wanted.split()) <= set(re.findall(r"[\w-]+", listed))
