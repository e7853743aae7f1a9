"""`pipeline init`: a working project of one's own from the installed package.

Room:  edge. Imports errors. Writes the disk.
In:    a folder name.  Out: models, macros, seeds, data tests, profiles in it.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from retention_pipeline.errors import CommandError, Location

_PARTS = ("models", "macros", "seeds", "tests/data", "dbt_project.yml", "profiles.yml")
_IGNORE = "warehouse/\ntarget/\n.pipeline/\n"


def init(folder: Path) -> list[str]:
    """Write a project into `folder`, which must be empty or not exist. Gives what was written."""
    try:
        is_taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError as error:
        raise _cannot(folder, error) from None
    if is_taken:
        raise CommandError("is not an empty folder", at=Location(folder), fix="choose a new name")
    template = _template()
    part = folder.with_name(f".{folder.name}.part")
    name = _project_name(folder)
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        for item in _PARTS:
            _copy(template / item, part / item)
        for file in ("dbt_project.yml", "profiles.yml"):
            text = (part / file).read_text(encoding="utf-8")
            (part / file).write_text(
                re.sub(r"\bretention_pipeline\b", name, text), encoding="utf-8"
            )
        (part / ".gitignore").write_text(_IGNORE, encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        part.replace(folder)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise _cannot(folder, error) from None
    return [*_PARTS, ".gitignore"]


def _cannot(folder: Path, error: OSError) -> CommandError:
    """Of a whole folder, shutil tells one reason for each file."""
    reason = error.strerror or "; ".join(sorted({str(why) for *_, why in error.args[0]}))
    return CommandError(f"cannot write: {reason}", at=Location(folder))


def _template() -> Path:
    """The files inside the installed package, or the checkout that the package runs from."""
    here = Path(__file__).parent
    for base in (here / "template", here.parent):
        if (base / "dbt_project.yml").is_file():
            return base
    raise CommandError("the installed package holds no template", fix="install it again")


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(
            source, target, ignore=shutil.ignore_patterns("__pycache__", "*.py", "generator")
        )
    else:
        shutil.copyfile(source, target)


def _project_name(folder: Path) -> str:
    name = re.sub(r"\W+", "_", folder.resolve().name.lower()).strip("_")
    return name if name.isidentifier() else f"shop_{name}"
