"""A folder -> Project: the project itself and the packages below it.

Room:  read. Imports errors, files, packages, profile, project_facts, reading, yaml_lines. Reads the disk.
In:    the project's folder, target, vars of the command line, the environment.  Out: Project.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from retention_pipeline.errors import Location, ProjectError
from retention_pipeline.files import read_text
from retention_pipeline.packages import find_packages, joined, places_of_packages
from retention_pipeline.profile import find_profiles, read_target
from retention_pipeline.project_facts import MacroFile, Project
from retention_pipeline.reading import Reader
from retention_pipeline.yaml_lines import YamlMap, expect_list, expect_map, parse_yaml, plain

__all__ = ["MacroFile", "Project", "load"]

_PROJECT_KEYS = frozenset(
    """
    name version config-version profile model-paths seed-paths macro-paths test-paths
    analysis-paths snapshot-paths docs-paths asset-paths function-paths packages-install-path
    target-path log-path clean-targets require-dbt-version on-run-start on-run-end dispatch
    models seeds snapshots sources tests data_tests unit_tests exposures vars flags quoting
    query-comment restrict-access metrics semantic-models saved-queries analyses dbt-cloud
    functions
    """.split()  # noqa: SIM905 - a list would take a tenth of this module
)


def load(
    root: Path,
    *,
    environ: Mapping[str, str],
    cli_vars: Mapping[str, Any] | None = None,
    profiles_dir: Path | None = None,
    target: str | None = None,
) -> Project:
    """Read the project in `root`. Raises ProjectError kinds, all faults of the YAML files at once."""
    path = root / "dbt_project.yml"
    if not path.is_file():
        raise ProjectError(
            "no dbt_project.yml here",
            at=Location(root),
            fix="run inside a project, or `pipeline init DIR` to make one",
        )
    config, name = _read_config(path)
    folders = [profiles_dir] if profiles_dir else [root, Path.home() / ".dbt"]
    profile = str(config.get("profile", name))
    profiles = find_profiles(folders)
    chosen = read_target(profiles, profile, target, environ, root)
    given = dict(cli_vars or {})
    read = Reader(root, name, config, chosen, _vars(config, name), given, environ).read()
    read = replace(read, profiles=profiles, dispatch=_dispatch(config))
    packages = find_packages(root, config)
    read = replace(read, folders=(*read.folders, *places_of_packages(root, config)))
    if not packages:
        return read
    values = {name: read.vars}
    for folder in packages:
        below, package = _read_config(folder / "dbt_project.yml")
        declared = {key: value for key, value in read.vars.items() if key in read.declared_vars}
        own = _vars(below, package) | _vars_for(config, package, declared)
        more = Reader(root, package, below, chosen, own, given, environ, folder, config).read()
        values[package] = own | given
        read = joined(read, more)
    return replace(read, package_vars=values)


def _read_config(path: Path) -> tuple[YamlMap, str]:
    config = expect_map(parse_yaml(read_text(path), path), "dbt_project.yml", Location(path, 1))
    config.check_keys(_PROJECT_KEYS, "dbt_project.yml")
    name = config.get("name")
    if not isinstance(name, str) or not name.isidentifier():
        raise ProjectError("'name' must be letters, digits and _", at=config.at("name"))
    return config, name


def _dispatch(config: YamlMap) -> dict[str, tuple[str, ...]]:
    """`dispatch:`: namespace -> the packages to search."""
    found = {}
    items = expect_list(config.get("dispatch"), "'dispatch'", config.at("dispatch"))
    for index, item in enumerate(items):
        entry = expect_map(item, "each entry of 'dispatch'", items.at(index))
        order = expect_list(entry.get("search_order"), "'search_order'", entry.at("search_order"))
        found[str(entry.get("macro_namespace"))] = tuple(str(name) for name in order)
    return found


def _vars_for(config: YamlMap, package: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the project sets for a package: what it sets for all, then what it sets for this one."""
    scoped = plain(config.get("vars") or {}).get(package)
    shared = {key: value for key, value in values.items() if key != package}
    return shared | (scoped if isinstance(scoped, dict) else {})


def _vars(config: YamlMap, name: str) -> dict[str, Any]:
    values: dict[str, Any] = plain(
        expect_map(config.get("vars") or YamlMap(config.path, 1), "vars", config.at("vars"))
    )
    scoped = values.pop(name, None)
    return values | scoped if isinstance(scoped, dict) else values
