"""`pipeline init --ci github`: a workflow that builds, tests, diffs against main and comments.

Room:  edge. Imports errors, the package's version. Writes the disk.
In:    the folder of a project.  Out: .github/workflows/pipeline.yml in its repository.
"""

from __future__ import annotations

from pathlib import Path

from retention_pipeline import __version__
from retention_pipeline.errors import CommandError, Location

PROVIDERS = ("github",)
WORKFLOW = Path(".github/workflows/pipeline.yml")


def check_provider(provider: str | None) -> None:
    """Raise CommandError for one that we know nothing of."""
    if provider is not None and provider not in PROVIDERS:
        raise CommandError(f"--ci '{provider}' is unknown", fix=f"use {', '.join(PROVIDERS)}")


def write_ci(folder: Path, provider: str) -> Path:
    """Write the workflow; one that is there stays. Gives its path."""
    check_provider(provider)
    root = _repository(folder)
    path = root / WORKFLOW
    if path.exists():
        raise CommandError("is there already", at=Location(path), fix="remove it, or edit it")
    inside = folder.resolve().relative_to(root)
    text = _template().replace("@VERSION@", __version__).replace("@FOLDER@", inside.as_posix())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"cannot write: {error.strerror}", at=Location(path)) from None
    return path


def _repository(folder: Path) -> Path:
    """The git repository around a project: workflows are looked for at its top."""
    here = folder.resolve()
    for place in (here, *here.parents):
        if (place / ".git").exists():
            return place
    return here


def _template() -> str:
    return Path(__file__).with_name("ci_github.yml").read_text(encoding="utf-8")
