"""One folder -> the nodes in it: every file read once, every node named, nothing rendered.

Room:  read. Imports attach, configs, describe, errors, files, nodes, project_facts, specs, templates.
In:    the folder of the project or of a package.  Out: Project. Reads the disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from retention_pipeline.attach import attach_tests, singular_test, unit_test, with_settings
from retention_pipeline.configs import HOOKS, config_name, merge_config
from retention_pipeline.describe import fill_docs
from retention_pipeline.errors import (
    DuplicateNameError,
    ErrorGroup,
    Location,
    MissingSpecError,
    PipelineError,
    ProjectError,
    did_you_mean,
)
from retention_pipeline.files import files_below, link_to_nothing, read_text, shown
from retention_pipeline.nodes import DataTest, Exposure, Model, Seed, Source
from retention_pipeline.profile import Target
from retention_pipeline.project_facts import MacroFile, Project
from retention_pipeline.spec_nodes import NodeSpec, Specs, TableSpec
from retention_pipeline.specs import read_specs
from retention_pipeline.templates import docs_blocks, env_var_reader, render_value, var_reader
from retention_pipeline.yaml_lines import YamlMap, expect_list, plain

_PATHS = ("model", "seed", "snapshot", "macro", "test")
_FOLDERS = {f"{name}-paths": f"{name}s" for name in _PATHS}


class Reader:
    """Holds what the reading of one folder needs; used once.

    `above` is dbt_project.yml of the project that uses this one as a package: it has the last word
    on the configuration.
    """

    def __init__(
        self,
        root: Path,
        name: str,
        config: YamlMap,
        target: Target,
        values: dict[str, Any],
        cli_vars: dict[str, Any],
        environ: Mapping[str, str],
        folder: Path | None = None,
        above: YamlMap | None = None,
    ) -> None:
        self.root, self.name, self.config = root, name, config
        self.folder, self.above = folder or root, above
        self.target, self.cli_vars, self.environ = target, cli_vars, environ
        self.vars, self.declared = values | cli_vars, frozenset(values)
        self.errors: list[PipelineError] = []
        self._below: dict[Path, list[str]] = {}  # folder -> the files in it

    def read(self) -> Project:
        sql = {
            name: path
            for suffix in (".sql", ".py")
            for name, path in self._files("model-paths", ["models"], suffix)
        }
        csv = dict(self._files("seed-paths", ["seeds"], ".csv"))
        specs, docs = self._specs(), self._docs()
        fill_docs(specs, docs)
        models = [*self._models(sql, specs), *self._snapshots(specs)]
        seeds = self._seeds(csv, specs)
        specs.tables = [t for t in specs.tables if self._is_on(t.enabled, t.node.at)]
        sources = [self._source(table) for table in specs.tables]
        named: list[Model | Seed] = [*models, *seeds]
        self._refuse_twins([(node.name, Location(self.root / node.path)) for node in named])
        self._refuse_twins([(s.name, s.at) for s in sources])
        self._refuse_twins([(e[0], e[-1]) for e in specs.exposures])
        known = {node.name: node.unique_id for node in named}
        tests = list(self._tests(specs, known))
        units = [
            unit_test(u, self.name, self.folder)
            for u in specs.unit_tests
            if self._is_on(u.config.get("enabled", True), u.at) and self._has(u.model, known, u.at)
        ]
        if self.errors:
            raise ErrorGroup(self.errors) if len(self.errors) > 1 else self.errors[0]
        return Project(
            root=self.root,
            name=self.name,
            target=self.target,
            vars=self.vars,
            cli_vars=self.cli_vars,
            declared_vars=self.declared,
            environ=self.environ,
            models=tuple(models),
            seeds=tuple(seeds),
            sources=tuple(sources),
            data_tests=tuple(tests),
            unit_tests=tuple(units),
            exposures=tuple(Exposure(self.name, *entry) for entry in specs.exposures),
            macros=tuple(
                MacroFile(path, read_text(self.root / path), self.package)
                for path in self._macro_files()
            ),
            docs=docs,
            clean_targets=tuple(self._clean_targets()),
            run_hooks={key: tuple(self._hooks(key)) for key in ("on-run-start", "on-run-end")},
            target_path=str(self.config.get("target-path", "target")),
            folders=(
                self.folder / "dbt_project.yml",
                self.folder / "tests" / "fixtures",
                *(self.folder / folder for folder in self._texts("docs-paths", [])),
                *(
                    self.folder / folder
                    for key, default in _FOLDERS.items()
                    for folder in self._texts(key, [default])
                ),
            ),
        )

    @property
    def package(self) -> str:
        """The name of a package, nothing for the project itself."""
        return "" if self.above is None else self.name

    # -- files ------------------------------------------------------------------------------
    def _texts(self, key: str, default: list[str]) -> list[str]:
        """A list of texts of dbt_project.yml, `default` where it is silent."""
        at = self.config.at(key)
        return [str(item) for item in expect_list(self.config.get(key), f"'{key}'", at)] or default

    def _clean_targets(self) -> list[str]:
        """Packages are none, whatever is said: they were copied, and nothing brings them back."""
        packages = str(self.config.get("packages-install-path", "dbt_packages"))
        return [t for t in self._texts("clean-targets", ["target"]) if t.rstrip("/") != packages]

    def _hooks(self, key: str) -> list[str]:
        """Statements: a list, or one alone."""
        value = self.config.get(key)
        return [value] if isinstance(value, str) else self._texts(key, [])

    def _files(self, key: str, default: list[str], suffix: str) -> Iterator[tuple[str, Path]]:
        """(path as text, path) below the folders of `key`, sorted, relative to the root."""
        for folder in self._texts(key, default):
            base = self.folder / str(folder)
            if base not in self._below:
                self._below[base] = files_below(base)
            found = [Path(name) for name in self._below[base] if name.endswith(suffix)]
            for path in sorted(found):
                if path.is_file():
                    relative = path.relative_to(self.root)
                    yield str(relative), relative
                elif path.is_symlink() and not path.exists():
                    self.errors.append(link_to_nothing(path))

    def _specs(self) -> Specs:
        specs = Specs()
        for key in ("model-paths", "seed-paths", "snapshot-paths", "test-paths"):
            for suffix in (".yml", ".yaml"):
                for _, path in self._files(key, [_FOLDERS[key]], suffix):
                    try:
                        specs.extend(
                            read_specs(read_text(self.root / path), shown(self.root / path))
                        )
                    except PipelineError as error:
                        self.errors.append(error)
        return specs

    def _docs(self) -> dict[str, str]:
        blocks: dict[str, str] = {}
        keys = ["docs-paths"] if self.config.get("docs-paths") else list(_FOLDERS)
        for key in keys:
            for _, path in self._files(key, [_FOLDERS.get(key, "docs")], ".md"):
                blocks |= docs_blocks(read_text(self.root / path))
        return blocks

    def _macro_files(self) -> list[Path]:
        """Macros, and the generic tests below test-paths."""
        found = dict(self._files("macro-paths", ["macros"], ".sql"))
        tests = self._files("test-paths", ["tests"], ".sql")
        return [*found.values(), *(path for _, path in tests if self._is_generic(path))]

    def _is_generic(self, path: Path) -> bool:
        inside = (self.root / path).relative_to(self.folder)
        folders = self._texts("test-paths", ["tests"])
        return any(inside.is_relative_to(Path(f) / "generic") for f in folders)

    def _fqn(self, path: Path) -> tuple[str, ...]:
        """dbt's name of a file: the package, its folders below the first, its own name."""
        inside = (self.root / path).relative_to(self.folder)
        return (self.name, *inside.with_suffix("").parts[1:])

    # -- nodes ------------------------------------------------------------------------------
    def _models(self, files: dict[str, Path], specs: Specs) -> list[Model]:
        by_name = self._by_name(specs.models, {p.stem for p in files.values()}, "model")
        models = []
        for path in files.values():
            fqn, spec = self._fqn(path), by_name.get(path.stem)
            name = spec.name if spec else path.stem
            fqn = (*fqn[:-1], *name.split(".")) if "." in name else fqn
            models.append(
                Model(
                    name=name,
                    constraints=spec.constraints if spec else (),
                    is_latest=bool(spec and spec.is_latest),
                    path=path,
                    text=read_text(self.root / path),
                    fqn=fqn,
                    config=self._config("models", fqn, spec),
                    columns=spec.columns if spec else (),
                    description=spec.description if spec else "",
                    spec_at=spec.at if spec else None,
                )
            )
        return models

    def _snapshots(self, specs: Specs) -> Iterator[Model]:
        files = dict(self._files("snapshot-paths", ["snapshots"], ".sql")).values()
        texts = {path: read_text(self.root / path) for path in files}
        if not (texts or specs.snapshots):
            return
        from retention_pipeline.snapshots import snapshot_models

        config = partial(self._config, "snapshots")
        yield from snapshot_models(texts, specs.snapshots, self.root, self.name, config)

    def _seeds(self, files: dict[str, Path], specs: Specs) -> list[Seed]:
        by_name = self._by_name(specs.seeds, {p.stem for p in files.values()}, "seed")
        seeds = []
        for path in files.values():
            fqn, spec = self._fqn(path), by_name.get(path.stem)
            seeds.append(
                Seed(
                    name=path.stem,
                    path=path,
                    fqn=fqn,
                    config=self._config("seeds", fqn, spec),
                    columns=spec.columns if spec else (),
                    description=spec.description if spec else "",
                    spec_at=spec.at if spec else None,
                )
            )
        return seeds

    def _by_name(
        self, specs: Iterable[NodeSpec], files: set[str], what: str
    ) -> dict[str, NodeSpec]:
        found: dict[str, NodeSpec] = {}
        for spec in specs:
            if spec.file in found:
                self.errors.append(
                    DuplicateNameError(
                        f"{what} '{spec.name}' is described twice",
                        at=spec.at,
                        fix=f"the other is at {found[spec.file].at}",
                    )
                )
            elif spec.file not in files:
                suffix = ".sql" if what == "model" else ".csv"
                self.errors.append(
                    MissingSpecError(
                        f"{what} '{spec.name}' is described but there is no {spec.file}{suffix}",
                        at=spec.at,
                        fix=did_you_mean(spec.name, files),
                    )
                )
            found[spec.file] = spec
        return found

    def _source(self, table: TableSpec) -> Source:
        node = table.node
        fill = partial(render_value, names=self._names(node.at), at=node.at)
        return Source(
            source=table.source,
            table=node.name,
            schema=fill(table.schema),
            identifier=fill(table.identifier),
            package=self.name,
            columns=node.columns,
            meta=fill(table.meta),
            tags=tuple(fill(list(table.tags))),
            description=node.description,
            at=node.at,
            location=fill(table.location),
            freshness=fill(table.freshness),
        )

    def _tests(self, specs: Specs, known: Mapping[str, str]) -> Iterator[DataTest]:
        found: list[DataTest] = []
        for spec in (*specs.models, *specs.seeds, *specs.snapshots):
            if spec.name in known:
                found += attach_tests(spec.tests, spec.name, known[spec.name], self.name)
        for table in specs.tables:
            unique_id = f"source.{self.name}.{table.source}.{table.node.name}"
            label = f"{table.source}.{table.node.name}"
            found += attach_tests(table.node.tests, label, unique_id, self.name)
        for _, path in self._files("test-paths", ["tests"], ".sql"):
            if not self._is_generic(path):
                text, place = read_text(self.root / path), shown(self.root / path)
                found.append(singular_test(path, text, self.name, place))
        for test in found:
            settings = self._test_settings(test)
            if settings.get("enabled", True) is not False:
                yield with_settings(test, settings)

    def _test_settings(self, test: DataTest) -> dict[str, Any]:
        """What dbt_project.yml says of a data test."""
        if not (self.config.get("data_tests") or self.config.get("tests")):
            return {}
        fqn = test.fqn
        if test.kind is not None:
            inside = (Path.cwd() / test.at.path).relative_to(self.folder)
            fqn = (self.name, *inside.parts[1:-1], test.name)
        return self._config("tests", fqn, None) | self._config("data_tests", fqn, None)

    def _is_on(self, enabled: Any, at: Location) -> bool:
        return self._value("enabled", enabled, at) is not False

    def _has(self, model: str, known: Mapping[str, str], at: Location) -> bool:
        if model in known:
            return True
        text, fix = f"a unit test names the unknown model '{model}'", did_you_mean(model, known)
        self.errors.append(ProjectError(text, at=at, fix=fix))
        return False

    def _refuse_twins(self, names: list[tuple[str, Location]]) -> None:
        first: dict[str, Location] = {}
        for name, at in names:
            if name in first:
                self.errors.append(
                    DuplicateNameError(
                        f"two nodes are named '{name}'",
                        at=at,
                        fix=f"rename this one or {first[name]}",
                    )
                )
            first.setdefault(name, at)

    # -- configuration ----------------------------------------------------------------------
    def _config(self, section: str, fqn: tuple[str, ...], spec: NodeSpec | None) -> dict[str, Any]:
        """dbt_project.yml from the outside in, then the node's own .yml; tags add up, meta merges."""
        merged: dict[str, Any] = {}
        for level in (self.config.get(section), self.above and self.above.get(section)):
            self._merge_levels(merged, level, fqn)
        if spec:
            for key, value in spec.config.items():
                merge_config(merged, key, self._value(key, value, spec.at), spec.at)
        return merged

    def _merge_levels(self, merged: dict[str, Any], level: Any, fqn: tuple[str, ...]) -> None:
        for part in ("", *fqn):
            if part:
                level = level.get(part) if isinstance(level, dict) else None
            if not isinstance(level, YamlMap):
                break
            for key, value in level.items():
                if key.startswith("+") or not isinstance(value, dict):
                    at = level.at(key)
                    merge_config(merged, key, self._value(key, plain(value), at), at)

    def _value(self, key: str, value: Any, at: Location) -> Any:
        """A setting with its templates filled in; those of hooks wait until a model is rendered."""
        return value if config_name(key) in HOOKS else render_value(value, self._names(at), at)

    def _names(self, at: Location) -> dict[str, Any]:
        read = var_reader(self.vars, lambda: at)

        def var(name: str, *default: Any) -> Any:
            self.declared |= {name}  # a --vars of this name is no slip
            return read(name, *default)

        return {
            "var": var,
            "env_var": env_var_reader(self.environ, lambda: at),
            "target": self.target,
        }
