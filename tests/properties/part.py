"""The part of the project that one mart needs, as a project of its own.

A random shop has vars of its own, and with them the project is rendered anew. Rendering what the
mart is built from takes a tenth of rendering all. The files of models are the project's, byte for
byte; their data tests and unit tests, which speak of other models too, stay behind.
"""

from __future__ import annotations

import re
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
CONFIG = re.compile(r"^    config:", re.MULTILINE)
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


@cache
def settings(model: str) -> str:
    """A file of properties that says of a model what its own says of it, and nothing of its columns."""
    text = model_files()[model].with_suffix(".yml").read_text()
    config: dict[str, Any] = {}
    if CONFIG.search(text):
        (entry,) = yaml.load(text, LOADER)["models"]
        config = entry["config"]
    config |= {"contract": {"enforced": False}}  # it lists columns
    return yaml.dump({"models": [{"name": model, "config": config}]}, Dumper=DUMPER)


@cache
def sources(path: Path, columns: bool) -> str:
    """A file of sources without its tests, and without what only loading asks for."""
    content: dict[str, Any] = yaml.load(path.read_text(), LOADER)
    tables = [table for source in content["sources"] for table in source["tables"]]
    for table in tables:
        for item in (table, *table["columns"]):
            item.pop("data_tests", None)
        if not columns:
            del table["columns"]
    return yaml.dump(content, Dumper=DUMPER, sort_keys=False)


def write_part(root: Path, models: Iterable[str], *, loads: bool) -> None:
    """A project with these models, and with every seed and source; `loads` when it loads them too."""
    root.mkdir(parents=True)
    for name in LINKED:
        (root / name).symlink_to(CHECKOUT / name)
    (root / "models/raw").mkdir(parents=True)
    for path in (CHECKOUT / "models/raw").glob("*.yml"):
        (root / "models/raw" / path.name).write_text(sources(path, loads))
    for model in models:
        source = model_files()[model]
        copy = root / source.relative_to(CHECKOUT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.symlink_to(source)
        copy.with_suffix(".yml").write_text(settings(model))
