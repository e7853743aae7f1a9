"""Where an external model's file goes and how it is written and read.

Room:  compile. Imports errors, nodes, profile, quoting.
In:    config, target.  Out: External; CompileError for settings that make no sense.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retention_pipeline.errors import CompileError, Location, did_you_mean
from retention_pipeline.nodes import Materialized, Relation
from retention_pipeline.profile import Target
from retention_pipeline.quoting import literal

if TYPE_CHECKING:
    from retention_pipeline.compiled import Compiled

FORMATS = ("parquet", "csv", "json")
_TEXTS = frozenset(
    {"delimiter", "delim", "sep", "quote", "escape", "null", "nullstr", "compression"}
)
_PACKED = {".gz": "gzip", ".zst": "zstd"}


@dataclass(frozen=True, slots=True)
class External:
    """One file, or with `partition_by` a folder of files."""

    location: str
    format: str
    options: Mapping[str, Any]
    reading: Mapping[str, Any]

    @property
    def is_remote(self) -> bool:
        """True for s3://... and its like: written where it stands, and never looked for."""
        return "://" in self.location

    @property
    def is_folder(self) -> bool:
        return any(key.lower() in ("partition_by", "per_thread_output") for key in self.options)

    @property
    def path(self) -> Path:
        return Path(self.location)

    def copy(self, to: str) -> str:
        """What stands behind the query in COPY."""
        words = [f"format {self.format}"]
        for key, value in self.options.items():
            words.append(f"{key} {_written(key, value)}")
        return f"to {literal(to)} ({', '.join(words)})"

    def read(self, place: str, types: Mapping[str, str]) -> str:
        """The table function that reads it back; text files with the types of the query."""
        glob = f"{place}/**/*.{self.format}" if self.is_folder else place
        words = [literal(glob)]
        given = {str(k): v for k, v in self.reading.items() if k != "auto_detect"}
        if self.is_folder:
            given.setdefault("hive_partitioning", True)
        elif self.format == "csv":
            columns = ", ".join(f"{literal(n)}: {literal(t)}" for n, t in types.items())
            words.append(f"columns = {{{columns}}}")
        if self.format == "csv":
            given.setdefault("header", self.options.get("header", True))
            given.setdefault("allow_quoted_nulls", False)  # "" is a text without letters
            for key in ("delimiter", "delim", "sep", "quote", "escape", "compression"):
                if key in self.options:
                    given.setdefault("delim" if key == "delimiter" else key, self.options[key])
        words += [f"{key} = {_written(key, value)}" for key, value in given.items()]
        return f"read_{self.format}({', '.join(words)})"


def _written(key: str, value: Any) -> str:
    """A setting as SQL. Only what must be text is quoted: the rest may be lists or expressions."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"({', '.join(str(v) for v in value)})"
    text = str(value)
    if key.lower() == "partition_by" and not text.startswith("("):
        return f"({text})"
    if isinstance(value, str) and key.lower() in _TEXTS and not text.startswith("'"):
        return literal(text)
    return text


def read_external(
    config: Mapping[str, Any], relation: Relation, target: Target, root: Path, at: Location
) -> External:
    """The settings of one model; a relative location starts at the project's folder."""
    options = config.get("options") or {}
    if not isinstance(options, Mapping):
        raise CompileError("options must be a mapping", at=at)
    options = {str(k): v for k, v in options.items()}
    for key in ("format", "delimiter"):
        if config.get(key):
            options[key] = config[key]
    kind = options.pop("format", None)
    location = config.get("location")
    folder = any(key.lower() == "partition_by" for key in options)
    if location is None:
        suffix = "" if folder else f".{kind or FORMATS[0]}"
        location = str(Path(target.external_root) / f"{relation.name}{suffix}")
    chosen = str(kind or _by_name(str(location), options)).lower()
    if chosen not in FORMATS:
        fix = did_you_mean(chosen, FORMATS) or f"use {', '.join(FORMATS)}"
        raise CompileError(f"format '{chosen}' is unknown", at=at, fix=fix)
    if chosen == "csv":
        options.setdefault("header", True)
    place = str(location) if "://" in str(location) else str(root / str(location))
    return External(place, chosen, options, config.get(f"{chosen}_read_options") or {})


def _by_name(location: str, options: Mapping[str, Any]) -> str:
    path = Path(location)
    suffix = (path.with_suffix("") if path.suffix.lower() in _PACKED else path).suffix.lower()
    if suffix:
        return suffix[1:]
    return "csv" if "delimiter" in options else FORMATS[0]


def external_files(compiled: Compiled) -> dict[Relation, Path]:
    """Relation of an external model -> its file or folder, as far as this machine can tell."""
    project, found = compiled.project, {}
    for model in compiled.models.values():
        if model.materialized is Materialized.EXTERNAL:
            at = model.place(project, None)
            how = read_external(model.config, model.relation, project.target, project.root, at)
            if not how.is_remote:
                found[model.relation] = how.path
    return found
