"""`freshness:` and `loaded_at_field:` of a source: what they ask, and what an age comes to.

Room:  read. Imports errors, nodes, yaml_lines.
In:    the mappings of a source and of one of its tables.  Out: plain values; ProjectError at the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from retention_pipeline.errors import Location, ProjectError, did_you_mean
from retention_pipeline.nodes import Source
from retention_pipeline.yaml_lines import YamlMap, expect_map, plain

KEYS = frozenset({"freshness", "loaded_at_field", "loaded_at_query"})
PERIODS = ("minute", "hour", "day")
_CRITERIA = frozenset({"warn_after", "error_after", "filter"})


@dataclass(frozen=True, slots=True)
class Age:
    """One source. `status`: pass, warn, error, or `runtime error` with its message."""

    source: Source
    status: str
    at: Location
    loaded: datetime | None = None
    now: datetime | None = None
    message: str = ""

    @property
    def seconds(self) -> float | None:
        if self.loaded is None or self.now is None:
            return None
        return (self.now - self.loaded).total_seconds()


def judge_age(rule: Mapping[str, Any], age: timedelta) -> str:
    """pass, warn or error: the worse limit that the age is beyond."""
    for name, status in (("error_after", "error"), ("warn_after", "warn")):
        limit = rule.get(name)
        if limit and age > timedelta(**{f"{limit['period']}s": limit["count"]}):
            return status
    return "pass"


def read_freshness(source: YamlMap, table: YamlMap) -> dict[str, Any]:
    """dbt's rule: the table's own words before those of its source; `freshness: null` is none."""
    found: dict[str, Any] = {}
    is_asked = False
    for level in (*_levels(source), *_levels(table)):
        for key in ("loaded_at_field", "loaded_at_query"):
            if level.get(key) is not None:
                found.pop("loaded_at_field", None)
                found.pop("loaded_at_query", None)
                found[key] = str(level[key])
        if "freshness" in level:
            is_asked = level["freshness"] is not None
            if is_asked:
                found |= _criteria(level)
    return found if is_asked and found.keys() & {"warn_after", "error_after"} else {}


def _levels(entry: YamlMap) -> Iterator[YamlMap]:
    yield entry
    if isinstance(entry.get("config"), YamlMap):
        yield entry["config"]


def _criteria(level: YamlMap) -> dict[str, Any]:
    given = expect_map(level["freshness"], "'freshness'", level.at("freshness"))
    given.check_keys(_CRITERIA, "'freshness'")
    for name in ("warn_after", "error_after"):
        limit = given.get(name)
        if limit is None:
            continue
        limit = expect_map(limit, f"'{name}'", given.at(name))
        limit.check_keys(frozenset({"count", "period"}), f"'{name}'")
        if type(limit.get("count")) is not int:
            raise ProjectError(f"'{name}' needs a whole number as count", at=given.at(name))
        if limit.get("period") not in PERIODS:
            period = str(limit.get("period"))
            raise ProjectError(
                f"'{name}': the period '{period}' is unknown",
                at=limit.at("period"),
                fix=did_you_mean(period, PERIODS) or f"use {', '.join(PERIODS)}",
            )
    return {key: plain(value) for key, value in given.items() if value is not None}
