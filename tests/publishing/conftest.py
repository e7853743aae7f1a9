"""Fixtures of the publishing tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publishing.shelf import Shelf, shelf


@pytest.fixture
def stock(tmp_path: Path) -> Iterator[Shelf]:
    """Three marts, nothing published."""
    with shelf(tmp_path / "warehouse") as made:
        yield made


@pytest.fixture(scope="session")
def published_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `published` starts from."""
    with shelf(tmp_path_factory.mktemp("once") / "warehouse") as made:
        made.publish()
        return made.folder


@pytest.fixture
def published(stock: Shelf, published_once: Path) -> Shelf:
    """Three marts, published as build b001."""
    shutil.copytree(published_once, stock.folder, dirs_exist_ok=True)
    stock.builds = 1
    return stock
