"""profiles.yml -> the one target a command runs on.

Room:  read. Imports errors, spark_target, templates, yaml_lines.
In:    the profile's name, folders to look in, the environment.  Out: Target.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from retention_pipeline.errors import Location, ProjectError, did_you_mean
from retention_pipeline.spark_target import Server, read_server
from retention_pipeline.templates import env_var_reader, render_value
from retention_pipeline.yaml_lines import YamlMap, expect_list, expect_map, parse_yaml, plain

# dbt-duckdb runs "set <key> = '<value>'" for every setting: `variable x` sets a variable.
_VARIABLE = re.compile(r"variable\s+(\w+)\Z", re.IGNORECASE)
# names of which DuckDB makes a view in memory, and places that are no files
_DATA = re.compile(r"\.(csv|tsv|jsonl?|ndjson|parquet)(\.gz|\.zst)?\Z", re.IGNORECASE)
_REMOTE = re.compile(r"(md|motherduck|https?|s3|gcs|gs|azure|abfss):", re.IGNORECASE)
# keys of dbt-duckdb that change nothing here: one process, one file that is opened when it is needed
_READ_OVER = frozenset({"database", "keep_open", "retries", "disable_transactions"})
_KNOWN = frozenset(
    {"type", "path", "schema", "threads", "settings", "config_options", "external_root"}
    | {"extensions"}
)
# keys that would change what is built, and why they are not here
_REFUSED = {
    "attach": "a build has one database; read other files by a source's external_location",
    "secrets": "nothing is read from a network",
    "filesystems": "nothing is read from a network",
    "use_credential_provider": "nothing is read from a network",
    "plugins": "load inputs with the loader, or with a Python model",
    "module_paths": "put what Python models need where Python finds it",
    "is_ducklake": "the database is a DuckDB file",
    "remote": "the database is a DuckDB file",
}
_BUILT_IN = frozenset({"core_functions", "icu", "json", "parquet"})


@dataclass(frozen=True, slots=True)
class Target:
    """Where a build goes: an engine type, its database and how many threads may work.

    `type` is the dialect that templates write. With a `server` the rows are there, and the database
    holds what the build remembers.
    """

    name: str
    type: str
    path: str
    schema: str
    threads: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    profile_name: str = ""
    external_root: str = "."
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)  # may hold secrets
    server: Server | None = None

    @property
    def database(self) -> str:
        """The database's name in SQL: DuckDB takes the file's stem."""
        return _name_in_sql(self.path)


@cache
def _name_in_sql(path: str) -> str:
    return "memory" if path == ":memory:" else Path(path).stem


def find_profiles(folders: Sequence[Path]) -> Path:
    """The first profiles.yml in `folders`; ProjectError when there is none."""
    for folder in folders:
        path = folder / "profiles.yml"
        if path.is_file():
            return path
    raise ProjectError(
        "no profiles.yml found",
        at=Location(folders[0]),
        fix=f"looked in {', '.join(str(f) for f in folders)}; `pipeline init` writes one",
    )


def read_target(
    path: Path, profile: str, target: str | None, environ: Mapping[str, str], root: Path
) -> Target:
    """Read one target. A relative database path is taken from the project's folder `root`."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ProjectError(f"not UTF-8 text: {error.reason}", at=Location(path)) from None
    document = expect_map(parse_yaml(text, path), "profiles.yml", Location(path, 1))
    body = _pick(document, profile, "profile")
    outputs = expect_map(body.get("outputs"), "'outputs'", body.at("outputs"))
    names = {"env_var": env_var_reader(environ, lambda: Location(path), secrets=True)}
    name = target or str(render_value(body.get("target", "default"), names, body.at("target")))
    output = _pick(outputs, name, "target")
    values = render_value(plain(output), names, output.at())
    kind = str(values.get("type", ""))
    if kind == "spark":
        return _on_spark(name, profile, output, values, root)
    if kind != "duckdb":
        raise ProjectError(
            f"target type '{kind}' is not supported",
            at=output.at("type"),
            fix="use type: duckdb, or type: spark",
        )
    _check_keys(output, values)
    location = _location(values, output)
    given: dict[str, Any] = {}
    for key in ("config_options", "settings"):
        found = expect_map(
            output.get(key) or YamlMap(path, output.line), f"'{key}'", output.at(key)
        )
        given |= render_value(plain(found), names, found.at())
    return Target(
        name=name,
        type=kind,
        path=location if location == ":memory:" else str(root / location),
        schema=str(values.get("schema", "main")),
        threads=_threads(values.get("threads", 1), output),
        settings={key: value for key, value in given.items() if not _VARIABLE.match(key)},
        profile_name=profile,
        external_root=str(values.get("external_root", ".")),
        variables={m[1]: str(v) for k, v in given.items() if (m := _VARIABLE.match(k)) and v},
    )


def _location(values: Mapping[str, Any], output: YamlMap) -> str:
    """The database file, nothing said: in memory. Raises for what DuckDB would not keep one in."""
    location = str(values.get("path") or ":memory:")
    at, fix = output.at("path"), "name a file, for example warehouse/build.duckdb"
    if _DATA.search(location):
        text = f"'{location}' is the name of a data file: DuckDB would read it and keep nothing"
        raise ProjectError(text, at=at, fix=fix)
    if found := _REMOTE.match(location):
        text = f"a database of {found[1]} is not supported: a build has a file of its own"
        raise ProjectError(text, at=at, fix=fix)
    return location


def _on_spark(
    name: str, profile: str, output: YamlMap, values: Mapping[str, Any], root: Path
) -> Target:
    """The SQL stays DuckDB's, and so does its type for templates: it is translated."""
    return Target(
        name=name,
        type="duckdb",
        path=str(root / str(values.get("path") or f"warehouse/{name}.duckdb")),
        schema=str(values.get("schema") or "main"),
        threads=_threads(values.get("threads", 4), output),
        profile_name=profile,
        server=read_server(output, values),
    )


def _check_keys(output: YamlMap, values: Mapping[str, Any]) -> None:
    """Raise ProjectError for what a target says and what would be left undone."""
    for key in output:
        if key in _REFUSED and values[key]:
            reason = f"there is no '{key}' of a target here: {_REFUSED[key]}"
            raise ProjectError(reason, at=output.at(key), fix=f"remove {key}")
    output.check_keys(_KNOWN | _READ_OVER | _REFUSED.keys(), "a target")
    extensions = expect_list(output.get("extensions"), "'extensions'", output.at("extensions"))
    for name in values.get("extensions") or extensions:
        if str(name) not in _BUILT_IN:
            raise ProjectError(
                f"the extension '{name}' is no part of DuckDB: none is downloaded or loaded",
                at=output.at("extensions"),
                fix=f"remove it; always there: {', '.join(sorted(_BUILT_IN))}",
            )


def read_other(
    path: Path, profile: str, name: str, environ: Mapping[str, str]
) -> tuple[Mapping[str, Any], Mapping[str, Any], Location] | None:
    """A further output of a profile: its values, the same as they are written, and where it stands.

    None when the profile has none of that name.
    """
    document = expect_map(
        parse_yaml(path.read_text(encoding="utf-8"), path), "profiles.yml", Location(path, 1)
    )
    outputs = expect_map(
        _pick(document, profile, "profile").get("outputs"), "'outputs'", Location(path, 1)
    )
    if name not in outputs:
        return None
    output = expect_map(outputs[name], f"the target '{name}'", outputs.at(name))
    written = plain(output)
    names = {"env_var": env_var_reader(environ, lambda: Location(path), secrets=True)}
    return render_value(written, names, output.at()), written, output.at()


def _pick(parent: YamlMap, key: str, what: str) -> YamlMap:
    if key not in parent:
        known = ", ".join(sorted(k for k in parent if k != "config"))
        raise ProjectError(
            f"no {what} '{key}' in profiles.yml",
            at=parent.at(),
            fix=did_you_mean(key, parent) or f"there are: {known}",
        )
    return expect_map(parent[key], f"the {what} '{key}'", parent.at(key))


def _threads(value: Any, output: YamlMap) -> int:
    try:
        threads = int(value)
    except (TypeError, ValueError):
        threads = 0
    if not 1 <= threads <= 256:
        raise ProjectError(
            f"threads: {value!r} is not a number from 1 to 256", at=output.at("threads")
        )
    return threads
