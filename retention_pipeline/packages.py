"""Packages: projects below dbt_packages/, and the local ones that packages.yml names.

Room:  read. Imports errors, files, nodes, project_facts, yaml_lines. Reads the disk; never the network.
In:    the project's folder.  Out: the folders of its packages; two projects as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from retention_pipeline.errors import DuplicateNameError, Location, ProjectError
from retention_pipeline.files import read_text
from retention_pipeline.nodes import Model, Seed
from retention_pipeline.project_facts import Project
from retention_pipeline.yaml_lines import YamlMap, expect_list, expect_map, parse_yaml

_LISTS = ("packages.yml", "dependencies.yml")


def find_packages(root: Path, config: YamlMap) -> list[Path]:
    """Folders with a dbt_project.yml, installed or local. Raises ProjectError for what is missing."""
    base = root / str(config.get("packages-install-path", "dbt_packages"))
    installed = sorted(path.parent for path in base.glob("*/dbt_project.yml"))
    found = {_name(folder): folder for folder in installed}
    for folder, at in _listed(root):
        if folder is None:
            if not installed:
                raise ProjectError(
                    "packages are listed and none is installed",
                    at=at,
                    fix=f"put them below {base.name}/ (`dbt deps` does so)",
                )
        elif not (folder / "dbt_project.yml").is_file():
            raise ProjectError(f"no package in {folder}", at=at, fix="correct the path")
        else:
            found.setdefault(_name(folder), folder)
    return list(found.values())


def places_of_packages(root: Path, config: YamlMap) -> list[Path]:
    """What says which packages there are: the folder of installed ones, the lists of wanted ones."""
    base = root / str(config.get("packages-install-path", "dbt_packages"))
    return [base, *(root / name for name in _LISTS)]


def _name(folder: Path) -> str:
    document = parse_yaml(read_text(folder / "dbt_project.yml"), folder / "dbt_project.yml")
    return str(document.get("name", folder.name)) if isinstance(document, dict) else folder.name


def _listed(root: Path) -> Iterator[tuple[Path | None, Location]]:
    """The local packages of packages.yml, and None for those of elsewhere."""
    for name in _LISTS:
        path = root / name
        if not path.is_file():
            continue
        document = expect_map(
            parse_yaml(read_text(path), path) or YamlMap(path, 1), name, Location(path, 1)
        )
        items = expect_list(document.get("packages"), "'packages'", document.at("packages"))
        for index, item in enumerate(items):
            entry = expect_map(item, "a package", items.at(index))
            local = entry.get("local")
            folder = None if local is None else (root / str(local)).resolve()
            yield folder, items.at(index)


def joined(project: Project, package: Project) -> Project:
    """Both as one. Raises DuplicateNameError for two nodes of one name."""
    named: tuple[Model | Seed, ...] = (*project.models, *project.seeds)
    more: tuple[Model | Seed, ...] = (*package.models, *package.seeds)
    first = {node.name: node for node in named}
    for node in more:
        if node.name in first:
            raise DuplicateNameError(
                f"two nodes are named '{node.name}'",
                at=Location(project.place(node.path)),
                fix=f"rename or disable one; the other is {project.place(first[node.name].path)}",
            )
    hooks = {
        key: (*package.run_hooks.get(key, ()), *project.run_hooks.get(key, ()))
        for key in ("on-run-start", "on-run-end")
    }
    return replace(
        project,
        models=(*project.models, *package.models),
        seeds=(*project.seeds, *package.seeds),
        sources=(*project.sources, *package.sources),
        data_tests=(*project.data_tests, *package.data_tests),
        unit_tests=(*project.unit_tests, *package.unit_tests),
        exposures=(*project.exposures, *package.exposures),
        macros=(*project.macros, *package.macros),
        docs={**package.docs, **project.docs},
        declared_vars=project.declared_vars | package.declared_vars,
        folders=(*project.folders, *package.folders),
        run_hooks=hooks,
    )
