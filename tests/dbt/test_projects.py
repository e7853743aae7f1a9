"""Small dbt projects, one for each part of dbt: built by dbt and by `pipeline` to the same end.

By default ours is compared with what dbt gave when it was last asked; with `-m slow` dbt is asked.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.dbt.dbt import needs_dbt
from tests.dbt.projects import FOLDER, copied, outcomes, parameters


def _known(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / name / "expected.json").read_text())
    return found


def _differences(theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    lines = []
    for part in ("results", "tables"):
        for key in sorted(theirs[part].keys() | ours[part].keys()):
            one, other = theirs[part].get(key), ours[part].get(key)
            if one != other:
                lines.append(f"{key}\n  dbt  {one}\n  ours {other}")
    if theirs["exit"] != ours["exit"]:
        lines.append(f"exit code: dbt {theirs['exit']}, ours {ours['exit']}")
    return lines


@pytest.mark.parametrize("name", parameters())
def test_pipeline_does_as_dbt_did(name: str, tmp_path: Path) -> None:
    for theirs, ours in zip(
        _known(name), outcomes(name, copied(name, tmp_path), by_dbt=False), strict=True
    ):
        lines = _differences(theirs, ours)
        assert not lines, "\n".join([theirs["command"], *lines, ours["told"][-3000:]])


@needs_dbt
@pytest.mark.slow
@pytest.mark.parametrize("name", parameters())
def test_dbt_still_does_so(name: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    found = outcomes(name, copied(name, tmp_path), by_dbt=True)
    for step in found:
        told = step.pop("told")
        assert step["results"], told[-3000:]
    if pytestconfig.getoption("--update-dbt"):
        text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
        (FOLDER / name / "expected.json").write_text(text)
    assert found == _known(name)
