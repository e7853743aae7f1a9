"""The vars published_path, keep_versions and publish -> where marts go, checked before anything runs.

Room:  plan. Imports errors, project, yaml_lines. Looks whether paths are there; writes nothing.
In:    Project.  Out: Targets; CommandError with the line of dbt_project.yml that is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retention_pipeline.errors import (
    CommandError,
    EngineError,
    Location,
    PipelineError,
    did_you_mean,
)
from retention_pipeline.project import Project
from retention_pipeline.yaml_lines import YamlMap, parse_yaml

# What a DuckDB client calls the file is its stem: these would mean two things at once.
_TAKEN = frozenset({"marts", "main", "temp", "system", "pg_catalog", "information_schema"})
_PARQUET_KEYS = frozenset({"path", "keep_versions"})
_SHAPE = "publish: {parquet: {path: warehouse/parquet, keep_versions: 3}}"


@dataclass(frozen=True, slots=True)
class Targets:
    """The DuckDB file, and {folder: earlier versions to keep} of Parquet."""

    file: Path
    keep_versions: int
    parquet: Mapping[Path, int]


def read_targets(project: Project) -> Targets:
    """Where `project` publishes to. Raises CommandError for vars that make no sense."""
    return _Reader(project).read()


def not_published(project: Project) -> EngineError:
    """The error of what reads the published file, where there is none."""
    path = read_targets(project).file
    if project.target.server is None:
        return EngineError("nothing is published yet", at=Location(path), fix="pipeline build")
    return EngineError(
        "the marts are views on the server, and this reads a file",
        at=Location(path),
        fix="set var published_path: a build then keeps a copy of the marts there",
    )


class _Reader:
    def __init__(self, project: Project) -> None:
        self.project = project

    def read(self) -> Targets:
        return Targets(self._file(), self._keep("keep_versions"), self._parquet())

    # -- the DuckDB file ----------------------------------------------------------------------
    def _file(self) -> Path:
        chosen = self.project.vars.get("published_path")
        if chosen is None:
            path = Path(self.project.target.path).with_name("retention.duckdb")
        else:
            path = self._path(chosen, "published_path")
        if self.project.target.path != ":memory:":
            self._refuse_working(path, chosen is not None)
        if chosen is not None:
            self._check_name(path)
            self._check_folder(path.parent, "published_path")
            if path.is_dir():
                raise self._error(f"'{chosen}' is a folder", f"{chosen}/retention.duckdb")
        return path

    def _refuse_working(self, path: Path, is_chosen: bool) -> None:
        """The published file is replaced as a whole: the working database would be lost."""
        if path.resolve() != Path(self.project.target.path).resolve():
            return
        message = f"the published file would take the place of the working database {path}"
        fix = "give one of the two another name"
        if is_chosen:
            raise self._error(message, fix)
        at = Location(self.project.place(self.project.profiles))
        raise CommandError(message, at=at, fix=f"{fix}, or set var published_path")

    def _check_name(self, path: Path) -> None:
        if path.stem.lower() in _TAKEN:
            raise self._error(
                f"a DuckDB client would call the file '{path.stem}', as a schema is called:"
                " queries would be ambiguous",
                f"name it differently, for example {path.with_name('retention.duckdb').name}",
            )
        if "." in path.stem:
            raise self._error(
                f"the file's name '{path.name}' has more than one dot, and DuckDB would cut it at the first",
                f"for example {path.stem.strip('.').replace('.', '_') or 'retention'}.duckdb",
            )

    # -- Parquet ------------------------------------------------------------------------------
    def _parquet(self) -> dict[Path, int]:
        targets = self.project.vars.get("publish")
        if not targets:
            return {}
        if not isinstance(targets, Mapping):
            raise self._error(f"it is {targets!r}, not a mapping of targets", _SHAPE, "publish")
        for name in targets:
            if name != "parquet":
                near = did_you_mean(str(name), ["parquet"])
                raise self._error(f"'{name}' is no target", near or _SHAPE, "publish", str(name))
        chosen = targets.get("parquet")
        if not chosen:
            return {}
        where = ("publish", "parquet")
        if not isinstance(chosen, Mapping):
            raise self._error(f"it is {chosen!r}, not a mapping with a path", _SHAPE, *where)
        for key in chosen:
            if key not in _PARQUET_KEYS:
                near = did_you_mean(str(key), _PARQUET_KEYS)
                raise self._error(f"'{key}' means nothing here", near or _SHAPE, *where, str(key))
        if "path" not in chosen:
            raise self._error("it needs a path", _SHAPE, *where)
        folder = self._path(chosen["path"], *where, "path")
        self._check_folder(folder, *where, "path")
        return {folder: self._keep(*where, "keep_versions")}

    # -- values -------------------------------------------------------------------------------
    def _path(self, value: Any, *names: str) -> Path:
        if not isinstance(value, str) or not value.strip():
            raise self._error(f"it is {value!r}, not a path", "write it as text", *names)
        return self.project.root / value

    def _check_folder(self, folder: Path, *names: str) -> None:
        """It, or the first folder above it that is there, must be one."""
        there = next(place for place in (folder, *folder.parents) if place.exists())
        if not there.is_dir():
            raise self._error(f"{there} is a file, not a folder", "choose another path", *names)

    def _keep(self, *names: str) -> int:
        value: Any = self.project.vars
        for name in names:
            value = value.get(name, 3)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self._error(f"it is {value!r}", "it must be a whole number from 0", *names)
        return value

    def _error(self, message: str, fix: str, *names: str) -> CommandError:
        names = names or ("published_path",)
        return CommandError(f"var {'.'.join(names)}: {message}", at=self._place(names), fix=fix)

    def _place(self, names: tuple[str, ...]) -> Location:
        """The line of the var, or of the nearest thing around it; read again only for an error."""
        if names[0] in self.project.cli_vars:
            return Location("--vars")
        path = self.project.root / "dbt_project.yml"
        at = Location(self.project.place(path))
        try:
            document = parse_yaml(path.read_text(encoding="utf-8"), path)
        except (OSError, PipelineError):
            return at
        around = document.get("vars") if isinstance(document, YamlMap) else None
        if isinstance(around, YamlMap) and names[0] not in around:
            around = around.get(self.project.name)
        for name in names:
            if not isinstance(around, YamlMap) or name not in around:
                break
            at, around = Location(at.path, around.at(name).line), around[name]
        return at
