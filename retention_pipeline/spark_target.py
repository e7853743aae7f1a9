"""An output of type `spark` in profiles.yml -> where its Spark Connect server is and what it keeps where.

Room:  read. Imports errors, yaml_lines. Asks nobody: whether a server answers is found out by a build.
In:    the output as it is written, and rendered.  Out: Server; ProjectError at its line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from retention_pipeline.errors import ProjectError, did_you_mean
from retention_pipeline.yaml_lines import YamlMap, expect_map, plain

TOKEN_ENV = "DBT_ENV_SECRET_SPARK_TOKEN"  # noqa: S105 - a name, no password
FORMATS = ("parquet", "delta", "iceberg", "orc")
_KNOWN = frozenset(
    {"type", "remote", "path", "schema", "threads", "settings"}
    | {"table_format", "location", "schema_prefix"}
)
_PREFIX = re.compile(r"[A-Za-z_]\w*\Z")


@dataclass(frozen=True, slots=True)
class Server:
    """A Spark Connect server, `sc://host:port`. `prefix`: before the name of every schema there.

    `location`: the folder or address below which each schema keeps its tables; the server's own else.
    """

    url: str
    format: str = "parquet"
    prefix: str = ""
    location: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The url without what a session is told."""
        return self.url.partition("/;")[0]


def read_server(output: YamlMap, values: Mapping[str, Any]) -> Server:
    """`values`: the rendered values of `output`. Raises ProjectError for what makes no sense."""
    output.check_keys(_KNOWN, "a target of type spark")
    url = str(values.get("remote") or "")
    if not url.startswith("sc://"):
        said = f"remote is '{url}', not the address" if url else "a target of type spark needs one"
        raise ProjectError(
            f"{said}: where a Spark Connect server listens",
            at=output.at("remote") if url else output.at(),
            fix="remote: sc://localhost:15002",
        )
    if "token=" in url:
        raise ProjectError(
            "a token does not belong into profiles.yml",
            at=output.at("remote"),
            fix=f"set {TOKEN_ENV} in the environment and leave it out of remote",
        )
    return Server(
        url=url,
        format=_format(output, values),
        prefix=_prefix(output, values),
        location=str(values.get("location") or "").rstrip("/"),
        settings=_settings(output, values),
    )


def _format(output: YamlMap, values: Mapping[str, Any]) -> str:
    chosen = str(values.get("table_format") or "parquet")
    if chosen not in FORMATS:
        raise ProjectError(
            f"table_format '{chosen}' is unknown",
            at=output.at("table_format"),
            fix=did_you_mean(chosen, FORMATS) or f"use {', '.join(FORMATS)}",
        )
    return chosen


def _prefix(output: YamlMap, values: Mapping[str, Any]) -> str:
    chosen = str(values.get("schema_prefix") or "")
    if chosen and not _PREFIX.match(chosen):
        raise ProjectError(
            f"schema_prefix '{chosen}' cannot begin a name",
            at=output.at("schema_prefix"),
            fix="letters, digits and _ , for example shop_",
        )
    return chosen


def _settings(output: YamlMap, values: Mapping[str, Any]) -> dict[str, str]:
    none = YamlMap(output.path, output.line)
    found = expect_map(output.get("settings") or none, "'settings'", output.at("settings"))
    given = values.get("settings") or {}
    return {str(name): _text(given[name]) for name in plain(found)}


def _text(value: Any) -> str:
    """As Spark writes a setting."""
    return str(value).lower() if isinstance(value, bool) else str(value)
