"""Fixtures of the publishing tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publishing.shelf import Shelf, shelf


@pytest.fixture
def stock(tmp_path: Path) -> Iterator[Shelf]:
    """Three marts, nothing published."""
    with shelf(tmp_path / "warehouse") as made:
        yield made


@pytest.fixture
def published(stock: Shelf) -> Shelf:
    """Three marts, published as build b001."""
    stock.publish()
    return stock
