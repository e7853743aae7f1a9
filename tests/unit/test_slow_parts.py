"""No slow test is left out of `make test-slow`."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import CHECKOUT
from tests.slow import PARTS

HERE = Path(__file__).resolve()


def test_every_slow_test_is_in_one_part() -> None:
    places = [CHECKOUT / path for part in PARTS.values() for path in part.paths]
    slow = [
        path
        for path in (CHECKOUT / "tests").rglob("test_*.py")
        if path != HERE and ("mark.slow" in path.read_text() or path.parent.name == "properties")
    ]
    assert len(slow) > 40
    for path in slow:
        assert sum(path == place or place in path.parents for place in places) == 1, path
