"""README, cli.md, errors.md and architecture.md against the code: a claim that no longer holds fails here."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from retention_pipeline import errors as base_errors
from retention_pipeline import operations
from retention_pipeline.cli import app
from retention_pipeline.errors import PipelineError
from retention_pipeline.inputs import errors as input_errors
from retention_pipeline.publishing import history
from tests.architecture.test_layers import ROOMS

ROOT = Path(__file__).resolve().parents[2]


def documents() -> list[Path]:
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


@pytest.mark.parametrize("document", documents(), ids=lambda p: p.name)
def test_links_lead_to_files(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_readme_names_only_marts_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.split("| question | mart |")[1].split("\n\n")[0]
    marts = {path.stem for path in (ROOT / "models" / "marts").rglob("*.sql")}
    named = set(re.findall(r"`(\w+)`", table))
    assert named
    assert named <= marts


def test_readme_commands_are_targets_of_the_makefile() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    wanted = set(re.findall(r"^make ([a-z-]+)", readme, re.MULTILINE))
    assert wanted == {"build", "test"}
    assert wanted <= targets


def test_ci_calls_the_readme_test_command() -> None:
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def classes_below(parent: type[PipelineError]) -> Iterator[type[PipelineError]]:
    for child in parent.__subclasses__():
        yield child
        yield from classes_below(child)


def test_every_error_code_is_explained_once() -> None:
    assert base_errors is not None
    assert input_errors is not None
    assert history is not None
    assert operations is not None
    ours = [
        c for c in classes_below(PipelineError) if c.__module__.startswith("retention_pipeline")
    ]
    codes = {c.code for c in ours} | {"RP900"}
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| (RP\d+) \|", text, re.MULTILINE)
    assert sorted(explained) == sorted(codes)


def commands() -> Iterator[tuple[str, ...]]:
    """Every command's words, in the order of --help, those of a group after it."""
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        if command.hidden:
            continue
        yield (name,)
        yield from ((name, inner) for inner in getattr(command, "commands", ()))


def help_text(*words: str) -> str:
    wide = {"COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"}
    done = CliRunner().invoke(app, [*words, "--help"], prog_name="pipeline", env=wide)
    assert done.exit_code == 0, done.output
    return done.output.rstrip()


def reference() -> str:
    parts = [
        "# Command line\n\nGenerated from `--help`; `pytest tests/docs --update-docs` rewrites it.\n"
    ]
    for words in ((), *commands()):
        title = " ".join(["pipeline", *words])
        parts.append(f"## {title}\n\n```\n{help_text(*words)}\n```\n")
    return "\n".join(parts)


def test_cli_reference_is_the_help_text(request: pytest.FixtureRequest) -> None:
    path = ROOT / "docs" / "cli.md"
    text = reference()
    if request.config.getoption("--update-docs"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, "run pytest --update-docs tests/docs"


def rooms_row(room: str, line: str) -> str:
    """The row of one room in architecture.md: its modules in their order, its last cell as it is."""
    packages = {m.partition(".")[0] for names in ROOMS.values() for m in names if "." in m}
    names = dict.fromkeys(m.partition(".")[0] for m in ROOMS[room] if not m.startswith("__"))
    _, _, modules, purpose, _ = line.split("|")
    shown = {name: f"{name}/" if name in packages else name for name in names}
    noted = re.findall(r"(\w+)/( \([^)]*\))", modules)  # what only some of a package does there
    shown |= {name: f"{name}/{note}" for name, note in noted if name in names}
    return f"| {room} | {', '.join(shown.values())} |{purpose}|"


def test_architecture_md_has_every_module_in_its_room(request: pytest.FixtureRequest) -> None:
    path = ROOT / "docs" / "architecture.md"
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = {
        room: i for i, line in enumerate(lines) for room in ROOMS if line.startswith(f"| {room} |")
    }
    assert list(rows) == list(ROOMS)
    wanted = list(lines)
    for room, i in rows.items():
        wanted[i] = rooms_row(room, lines[i])
    if request.config.getoption("--update-docs"):
        path.write_text("\n".join(wanted) + "\n", encoding="utf-8")
        lines = wanted
    assert lines == wanted, "run pytest --update-docs tests/docs"


def test_no_file_holds_what_a_merge_left() -> None:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a checkout of git")
    marks = "^(<{7}|>{7}|[|]{7})( |$)"
    done = subprocess.run(
        ["git", "grep", "-nIE", marks], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (1, ""), done.stdout or done.stderr


def test_every_number_of_the_marts_is_in_metrics_md() -> None:
    """Each numeric column of each mart is named under its mart in docs/metrics.md or docs/metrics/."""
    from retention_pipeline.specs import read_specs

    pages = [ROOT / "docs" / "metrics.md", *sorted((ROOT / "docs" / "metrics").glob("*.md"))]
    sections: dict[str, str] = {}  # a mart may have a section in several pages
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for name, body in re.findall(
            r"^### (\w+)\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL
        ):
            sections[name] = sections.get(name, "") + body
    missing = []
    for path in sorted((ROOT / "models" / "marts").rglob("*.yml")):
        for model in read_specs(path.read_text(encoding="utf-8"), path).models:
            body = sections.get(model.name, "")
            missing += [
                f"{model.name}.{column.name}"
                for column in model.columns
                if (column.data_type or "").startswith(
                    ("double", "decimal", "bigint", "integer", "tinyint")
                )
                and f"`{column.name}`" not in body
            ]
    assert missing == []


def test_parity_md_says_what_the_policy_sets_say() -> None:
    text = (ROOT / "docs" / "parity.md").read_text(encoding="utf-8")
    macro = (ROOT / "macros" / "policy_sets.sql").read_text(encoding="utf-8")
    lines = [line.split(" | ") for line in re.findall(r'^ +"(.*)",$', macro, re.MULTILINE)]
    shown = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.*?) \| (.*?) \| .* \|$", text, re.MULTILINE)
    assert sorted(shown) == sorted(tuple(cells[1:]) for cells in lines)
    switches = (ROOT / "macros" / "policies.sql").read_text(encoding="utf-8")
    known = set(re.findall(r'^ +"(\w+) \| ', switches, re.MULTILINE))
    assert {cells[1] for cells in lines} <= known
