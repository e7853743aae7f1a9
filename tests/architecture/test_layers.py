"""The rooms of the package and the layers of the models: who may read whom.

`ROOMS` is the order of the house, low to high. A module may import only modules that stand before
it in this list; imports inside functions count, imports for type checkers do not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT, pipeline

PACKAGE = CHECKOUT / "retention_pipeline"
LONGEST_MODULE = 400

ROOMS = {
    "words": [
        "__init__",
        "errors",
        "quoting",
        "identity",
        "choice",
        "nodes",
        "past",
        "reads",
        "events",
        "inputs.errors",
        "inputs.contract",
    ],
    "read": [
        "yaml_lines",
        "configs",
        "files",
        "templates",
        "spark_target",
        "profile",
        "salt",
        "exposures",
        "spec_keys",
        "source_freshness",
        "spec_nodes",
        "versions",
        "specs",
        "snapshots",
        "attach",
        "fixtures",
        "describe",
        "project_facts",
        "reading",
        "packages",
        "metric_docs",
        "project",
        "noop",
    ],
    "compile": [
        "scan",
        "sql_text",
        "sql",
        "sql_checks",
        "columns.values",
        "columns.names",
        "columns.expressions",
        "columns.queries",
        "columns",
        "line_map",
        "template_code",
        "ephemeral",
        "graph",
        "selection_methods",
        "selection",
        "cards",
        "lint",
        "plain",
        "materialize",
        "materialize.hooks",
        "materialize.python_calls",
        "materialize.snapshot_settings",
        "materialize.external_settings",
        "materialize.incremental_settings",
        "materialize.by_key_settings",
        "materialize.constraints",
        "materialize.settings",
        "materialize.strategies",
        "context",
        "context.relations",
        "context.tables",
        "context.clock",
        "context.modules",
        "context.cross_database",
        "context.asking",
        "context.names",
        "macros",
        "render",
        "parity",
        "node_view",
        "rendering",
        "naming",
        "test_sql",
        "row_hashes",
        "compiled",
        "compiler",
        "manifest_macros",
        "manifest_values",
        "manifest",
        "fingerprint",
        "lineage",
        "artifact_lineage",
        "tracing",
        "tracing.steps",
        "tracing.follow",
        "tracing.script",
        "pii_tags",
        "pii",
        "engines",
        "engines.spark",
        "engines.spark.kinds",
        "engines.spark.walk",
        "engines.spark.fixes",
        "engines.spark.rewrites",
        "engines.spark.rewrites.expressions",
        "engines.spark.rewrites.times",
        "engines.spark.rewrites.numbers",
        "engines.spark.rewrites.casts",
        "engines.spark.rewrites.texts",
        "engines.spark.rewrites.aggregates",
        "engines.spark.rewrites.queries",
        "engines.spark.rewrites.recursion",
        "engines.spark.translate",
        "engines.spark.cache",
        "engines.spark.portable",
    ],
    "plan": [
        "settings",
        "targets",
        "postgres_target",
        "freshness",
        "selectors",
        "previous",
        "contract_breaks",
        "narrowing",
        "choosing",
        "ordering",
        "plan",
        "schedule",
    ],
    "act": [
        "inputs.match",
        "inputs.casts",
        "inputs.intervals",
        "inputs.opening",
        "inputs.rows",
        "inputs.locating",
        "inputs.batches",
        "inputs.staging",
        "inputs.loading",
        "inputs.seed",
        "inputs",
        "row_sql",
        "faults",
        "connection",
        "engine",
        "engines.protocol",
        "engines.compare",
        "state",
        "contents",
        "materialize.work",
        "materialize.by_key",
        "materialize.incremental",
        "materialize.snapshot",
        "engines.spark.session",
        "engines.spark.versions",
        "engines.spark.book",
        "engines.spark.ground",
        "engines.spark.asking",
        "engines.spark.commits",
        "engines.spark.history",
        "engines.spark.place_casts",
        "engines.spark.places",
        "engines.spark.showing",
        "engines.spark.house",
        "engines.opening",
        "warehouse",
        "lock",
        "binder",
        "guards",
        "input_contracts",
        "loads",
        "impact",
        "ledger",
        "row_diff",
        "row_values",
        "materialize.external",
        "materialize.python_models",
        "materialize.making",
        "materialize.run_hooks",
        "unit_tests",
        "early",
        "beside",
        "ahead",
        "audit",
        "turn",
        "screening",
        "data_tests",
        "key_sql",
        "keyed",
        "touched_tests",
        "crowd",
        "failing",
        "run",
        "publishing",
        "publishing.values",
        "publishing.disk",
        "publishing.records",
        "publishing.content",
        "publishing.history",
        "publishing.first",
        "publishing.database",
        "publishing.parquet",
        "publishing.postgres",
        "leftovers",
        "elsewhere",
        "deferring",
        "cloning",
        "source_ages",
        "publishing.revision",
        "deliver",
        "beforehand",
        "erasure.requests",
        "erasure.persons",
        "erasure.past_rows",
        "erasure.purge",
        "erasure.compact",
        "erasure.steps",
        "erasure",
        "diff",
        "explaining",
    ],
    "tell": [
        "grid",
        "artifacts",
        "exporting",
        "report",
        "json_report",
        "junit",
        "annotations",
        "live",
        "diff_report",
        "lineage_report",
        "reporting",
        "reporting.tables",
        "reporting.marks",
        "reporting.figures",
        "reporting.drawing",
        "reporting.blocks",
        "reporting.published",
        "reporting.parts",
        "reporting.triangles",
        "reporting.cohorts",
        "reporting.curves",
        "reporting.revenue",
        "reporting.buying",
        "reporting.people",
        "reporting.voice",
        "reporting.actions",
        "reporting.proof",
        "reporting.headline",
        "reporting.page",
        "explain_report",
        "docs_site",
    ],
    "edge": [
        "scaffold",
        "ci",
        "options",
        "watching",
        "keeping",
        "building",
        "api",
        "api_privacy",
        "listing",
        "cataloguing",
        "freshening",
        "operations",
        "checking",
        "cleaning",
        "api_publishing",
        "api_lineage",
        "api_report",
        "api_explain",
        "api_docs",
        "flags",
        "telling",
        "upkeep",
        "cli_privacy",
        "cli_publishing",
        "cli_lineage",
        "cli_explain",
        "cli_docs",
        "cli_project",
        "cli_listing",
        "cli_report",
        "cli_running",
        "cli_operations",
        "cli_sources",
        "cli",
        "entry",
        "__main__",
    ],
}
ORDER = [module for room in ROOMS.values() for module in room]

MAY_TOUCH = {
    "yaml": {"yaml_lines"},
    "jinja2": {
        *("context.tables", "templates", "template_code", "macros", "render", "line_map"),
        "reporting.page",
    },
    "sqlglot": {
        *("sql", "sql_checks"),
        *(m for m in ORDER if m.split(".")[0] in ("columns", "tracing")),
        *(m for m in ORDER if m.startswith("engines.spark.")),
    },
    "duckdb": {"connection", "engine", "faults", *(m for m in ORDER if m.startswith("inputs."))},
    "pyarrow": set(),
    "psycopg": {"publishing.postgres"},
    "pyspark": {"engines.spark.session"},
    "rich": {"live"},
    "vl_convert": {"reporting.drawing"},
    "typer": {"flags", *(m for m in ORDER if m == "cli" or m.startswith("cli_"))},
}
MAY_PRINT = {"cli", "cli_publishing", "entry", "flags", "report", "telling"}


def _name(path: Path) -> str:
    name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    return name.removesuffix(".__init__") or "__init__"


MODULES = {_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Every node, except what only a type checker sees."""
    left = [node]
    while left:
        node = left.pop()
        yield node
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            left += node.orelse
        else:
            left += ast.iter_child_nodes(node)


@cache
def imports(module: str) -> frozenset[str]:
    """Full names of what a module imports anywhere: 'duckdb', 'retention_pipeline.errors', ..."""
    found: set[str] = set()
    for node in _walk(tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = {n for n in inner if n.removeprefix("retention_pipeline.") in MODULES}
            found |= modules or {str(node.module)}
    return frozenset(found)


def _ours(module: str) -> set[str]:
    inner = {n for n in imports(module) if n.split(".")[0] == "retention_pipeline"}
    return {n.removeprefix("retention_pipeline").lstrip(".") or "__init__" for n in inner}


def test_every_module_has_its_place() -> None:
    assert sorted(ORDER) == sorted(MODULES)


def test_imports_point_downwards() -> None:
    below = {module: set(ORDER[: ORDER.index(module)]) for module in MODULES}
    upwards = {module: sorted(_ours(module) - below[module]) for module in MODULES}
    assert {module: found for module, found in upwards.items() if found} == {}


@pytest.mark.parametrize("library", MAY_TOUCH)
def test_only_its_rooms_touch_a_library(library: str) -> None:
    users = {m for m in MODULES if library in {name.split(".")[0] for name in imports(m)}}
    assert users <= MAY_TOUCH[library]


def test_a_module_says_its_room_and_what_goes_in_and_out() -> None:
    for module in MODULES.keys() - {"__init__"}:
        text = ast.get_docstring(tree(module)) or ""
        room = next(room for room, modules in ROOMS.items() if module in modules)
        found = re.search(r"^Room:\s+(\w+)", text, re.MULTILINE)
        assert found, f"{module} does not say its room"
        assert found[1] == room, module
        assert module == "__main__" or ("In: " in text and "Out: " in text), module


def test_no_module_is_longer_than_one_can_read() -> None:
    lengths = {m: len(p.read_text(encoding="utf-8").splitlines()) for m, p in MODULES.items()}
    assert {module: n for module, n in lengths.items() if n > LONGEST_MODULE} == {}


def test_only_the_edge_and_the_report_print() -> None:
    for module in MODULES.keys() - MAY_PRINT:
        calls = [n.func for n in ast.walk(tree(module)) if isinstance(n, ast.Call)]
        prints = [f for f in calls if isinstance(f, ast.Name) and f.id == "print"]
        text = MODULES[module].read_text(encoding="utf-8")
        assert not prints, module
        assert not re.findall(r"\bsys\.(stdout|stderr)\b", text), module


# -- what a command loads -----------------------------------------------------------------------
_HEAVY = ("duckdb", "sqlglot", "pyarrow", "jinja2", "yaml")
_LOADED = """
import sys
from retention_pipeline.cli import run_main
code = run_main(sys.argv[1:])
print("loaded", *(m for m in {heavy!r} if m in sys.modules))
sys.exit(code)
"""


def _loaded(*argv: str, cwd: Path) -> list[str]:
    import subprocess
    import sys

    from tests.conftest import environment

    done = subprocess.run(
        [sys.executable, "-c", _LOADED.format(heavy=_HEAVY), *argv],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.splitlines()[-1].split()[1:]


def test_help_loads_no_library(tmp_path: Path) -> None:
    assert _loaded("--help", cwd=tmp_path) == []


@pytest.mark.parametrize("command", ["ls", "compile"])
def test_what_needs_no_database_loads_none(command: str, built_once: Path) -> None:
    loaded = _loaded(command, "--project-dir", str(built_once), cwd=built_once)
    assert "duckdb" not in loaded
    assert "pyarrow" not in loaded


def test_the_module_is_the_program(tmp_path: Path) -> None:
    done = pipeline("--version", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("retention_pipeline ")
