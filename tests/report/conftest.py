"""One published file with a row of everything, and its report, drawn once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.report import published_file as marts


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return marts.write(tmp_path_factory.mktemp("marts") / "retention.duckdb", marts.everything())


@pytest.fixture(scope="session")
def text(file: Path) -> str:
    """The page of everything, drawn once."""
    from retention_pipeline.engine import Engine
    from retention_pipeline.reporting.page import render
    from retention_pipeline.reporting.published import Published

    with Engine(str(file), read_only=True) as engine:
        return render(Published(engine, file))
