"""A mini project for every test that needs one: written fresh, or copied already built."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.project_files import FILES

# Compiled modules are kept, whatever the environment says: the tests start hundreds of processes and
# rewrite two hundred modules, which takes longer than most tests.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/docs --update-docs` writes the generated documents anew, `--update-dbt` what dbt did."""
    parser.addoption("--update-docs", action="store_true", default=False)
    parser.addoption("--update-dbt", action="store_true", default=False)


CHECKOUT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Outcome:
    """What one command line did."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass(frozen=True)
class Shop:
    """A project on disk, and the command line run inside it."""

    root: Path
    run: Callable[..., Outcome]

    def write(self, path: str, text: str | bytes) -> Path:
        """Write a file of the project; its folders are made."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)
        return target

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace text that must be there."""
        target = self.root / path
        text = target.read_text()
        assert old in text, f"{old!r} is not in {path}"
        target.write_text(text.replace(old, new, 1))

    def model(self, name: str, sql: str, *, folder: str = "free") -> None:
        """Add a model without a contract."""
        self.write(f"models/{folder}/{name}.sql", sql)
        self.write(
            f"models/{folder}/{name}.yml",
            f"models:\n  - name: {name}\n    config: {{contract: {{enforced: false}}}}\n",
        )

    def tests(self, model: str, yaml: str) -> None:
        """Add data tests, as a YAML list, to a model of `model()`."""
        body = "".join(f"      {line}\n" for line in yaml.strip().splitlines())
        path = self.root / f"models/free/{model}.yml"
        path.write_text(path.read_text() + f"    data_tests:\n{body}")

    @property
    def working(self) -> Path:
        return self.root / "warehouse/build.duckdb"

    @property
    def published(self) -> Path:
        return self.root / "warehouse/retention.duckdb"

    def query(self, sql: str, *, published: bool = False) -> list[tuple[Any, ...]]:
        """Rows of the working or of the published database."""
        path = self.published if published else self.working
        with duckdb.connect(str(path), read_only=True) as con:
            return con.execute(sql).fetchall()

    def state(self) -> tuple[bytes, dict[str, list[tuple[Any, ...]]]]:
        """The published file's bytes and every row of the working tables."""
        return self.published.read_bytes(), _rows_of(self.working.read_bytes(), self.working)


_KNOWN_ROWS: dict[bytes, dict[str, list[tuple[Any, ...]]]] = {}


def _rows_of(content: bytes, path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the tables of a database; the same bytes hold the same rows."""
    key = hashlib.sha256(content).digest()
    log = path.with_name(f"{path.name}.wal")
    if key not in _KNOWN_ROWS or log.exists():
        with duckdb.connect(str(path), read_only=True) as con:
            names = con.execute(
                "select schema_name || '.' || table_name from duckdb_tables() order by 1"
            ).fetchall()
            rows = {
                name: con.execute(f"select * from {name} order by all").fetchall()
                for (name,) in names
                if not name.startswith("pipeline_state.")
            }
        if log.exists():
            return rows
        _KNOWN_ROWS[key] = rows
    return _KNOWN_ROWS[key]


def environment(**more: str) -> dict[str, str]:
    """For subprocesses: they must find the package of this checkout."""
    return {**os.environ, "PYTHONPATH": str(CHECKOUT), **more}


def pipeline(*argv: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "retention_pipeline", *argv],
        cwd=cwd,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def write_project(root: Path) -> None:
    """The mini project and the repository's own generic tests."""
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    shutil.copytree(CHECKOUT / "macros/tests", root / "macros/tests")


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mini project, built and published once."""
    from retention_pipeline.api import Options, execute
    from retention_pipeline.plan import Command

    root = tmp_path_factory.mktemp("built") / "shop"
    write_project(root)
    results = execute(Command.BUILD, Options(project_dir=root, environ={}))
    assert results.ok
    assert results.published
    assert not results.published.reason
    return root


def _shop(root: Path, capfd: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> Shop:
    from retention_pipeline.cli import run_main

    def run(*argv: str) -> Outcome:
        capfd.readouterr()
        code = run_main(list(argv))
        out, err = capfd.readouterr()
        return Outcome(code, out, err)

    patch.chdir(root)
    patch.delenv("SHOP_WAREHOUSE", raising=False)
    return Shop(root, run)


@pytest.fixture
def shop(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shop:
    """The mini project, nothing built yet; it is the current folder."""
    root = tmp_path / "shop"
    write_project(root)
    return _shop(root, capfd, monkeypatch)


@pytest.fixture
def built(
    tmp_path: Path,
    built_once: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Shop:
    """The mini project, built and published; it is the current folder."""
    root = tmp_path / "shop"
    shutil.copytree(built_once, root)
    return _shop(root, capfd, monkeypatch)
