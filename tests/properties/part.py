"""The part of the project that one mart needs, as a project of its own.

A random shop has vars of its own, and with them the project is rendered anew. Rendering what the
mart is built from takes a tenth of rendering all. The files of models are the project's, byte for
byte; their data tests and unit tests, which speak of other models too, stay behind.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
LINKED = ("dbt_project.yml", "profiles.yml", "macros", "seeds")
# those in C where the machine has them: ten times as quick
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
REF = re.compile(r"""\bref\(\s*["'](\w+)["']\s*\)""")


@cache
def model_files() -> dict[str, Path]:
    """Model -> its SQL."""
    return {path.stem: path for path in (CHECKOUT / "models").rglob("*.sql")}


@cache
def reads(model: str) -> frozenset[str]:
    """The models that its SQL names; seeds are none."""
    return frozenset(REF.findall(model_files()[model].read_text())) & model_files().keys()


def needs(models: Iterable[str]) -> set[str]:
    """They and all that they are built from."""
    found, left = set[str](), [*models]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += reads(name)
    return found


def readers_of_inputs() -> set[str]:
    """The models of staging, which alone read inputs, and what they are built from."""
    return needs(name for name, path in model_files().items() if "staging" in path.parts)


def without_tests(path: Path) -> str:
    """A file of properties, its tests taken out."""
    content: dict[str, Any] = yaml.load(path.read_text(), LOADER)
    content.pop("unit_tests", None)
    for model in content.get("models", ()):
        for item in (model, *model.get("columns", ())):
            item.pop("data_tests", None)
    return yaml.dump(content, Dumper=DUMPER, sort_keys=False)


def write_part(root: Path, models: Iterable[str]) -> None:
    """A project with these models, and with every seed and source."""
    root.mkdir(parents=True)
    for name in LINKED:
        (root / name).symlink_to(CHECKOUT / name)
    shutil.copytree(CHECKOUT / "models/raw", root / "models/raw")
    for model in models:
        source = model_files()[model]
        copy = root / source.relative_to(CHECKOUT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.symlink_to(source)
        copy.with_suffix(".yml").write_text(without_tests(source.with_suffix(".yml")))
