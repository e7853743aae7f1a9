"""What a folder says, as a value.

Room:  read. Imports files, nodes, profile.
In:    what was read.  Out: Project, MacroFile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retention_pipeline.files import shown
from retention_pipeline.nodes import DataTest, Exposure, Model, Seed, Source, UnitTest
from retention_pipeline.profile import Target


@dataclass(frozen=True, slots=True)
class MacroFile:
    """One file of macros: its text and where it is."""

    path: Path
    text: str
    package: str = ""  # '' = the project itself


@dataclass(frozen=True)
class Project:
    """All that the files say. Paths of nodes are relative to `root`."""

    root: Path
    name: str
    target: Target
    vars: Mapping[str, Any]
    cli_vars: Mapping[str, Any]
    declared_vars: frozenset[str]
    environ: Mapping[str, str]
    models: tuple[Model, ...] = ()
    seeds: tuple[Seed, ...] = ()
    sources: tuple[Source, ...] = ()
    data_tests: tuple[DataTest, ...] = ()
    unit_tests: tuple[UnitTest, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    macros: tuple[MacroFile, ...] = ()
    docs: Mapping[str, str] = field(default_factory=dict)
    clean_targets: tuple[str, ...] = ("target",)
    target_path: str = "target"
    run_hooks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    profiles: Path = Path("profiles.yml")
    folders: tuple[Path, ...] = ()  # everything was read below these, some of them files
    package_vars: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    dispatch: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def place(self, path: Path) -> Path:
        """A node's path as shown to users."""
        return shown(self.root / path)
